-- Queries for the table of `mtasweep schema clickhouse hosts` and `clickhouse-flat hosts`: distinct MX hosts.
-- More for the first: hosts-clickhouse-lists.sql.

-- name: starttls
-- of the hosts where it is certain what a sender does; the last: of all that were to be visited
SELECT 'offered' AS key, countIf(tls != 'no_starttls') AS n, count() AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'none' AS key, countIf(tls = 'no_starttls') AS n, count() AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'usable' AS key, countIf(tls IN ('ok', 'weak')) AS n, count() AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'inconclusive' AS key, countIf(NOT (tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake'))) AS n, count() AS total
FROM mtasweep_hosts WHERE isNotNull(tls);

-- name: outcomes
SELECT tls AS key, count() AS n FROM mtasweep_hosts WHERE isNotNull(tls) GROUP BY tls;

-- name: reasons
-- what is wrong with the certificates that senders refuse
SELECT reason AS key, count() AS n FROM mtasweep_hosts ARRAY JOIN tls_reasons AS reason
WHERE tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
GROUP BY reason;

-- name: versions
SELECT `probe.tls_version` AS key, count() AS n FROM mtasweep_hosts
WHERE isNotNull(`probe.tls_version`) AND isNotNull(tls) GROUP BY key;

-- name: keys
SELECT CASE WHEN `probe.cert_ec` AND `probe.cert_key_bits` = 256 THEN 'ec_256' WHEN `probe.cert_ec` AND `probe.cert_key_bits` = 384 THEN 'ec_384'
            WHEN `probe.cert_ec` THEN 'other' WHEN `probe.cert_key_bits` < 2048 THEN 'rsa_short' WHEN `probe.cert_key_bits` < 3072 THEN 'rsa_2048'
            WHEN `probe.cert_key_bits` < 4096 THEN 'rsa_3072' ELSE 'rsa_4096' END AS key, count() AS n
FROM mtasweep_hosts WHERE `probe.cert_key_bits` > 0 AND isNotNull(`probe.cert_sha256`) AND isNotNull(tls) GROUP BY key;

-- name: dane
SELECT dane AS key, count() AS n FROM mtasweep_hosts WHERE isNotNull(dane) AND dane NOT IN ('error', 'insecure') GROUP BY dane;

-- name: dane_validity
-- of the hosts with secure TLSA records where it is certain what a DANE sender does
SELECT 'ok' AS key, countIf(dane = 'ok') AS n, count() AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls')
UNION ALL
SELECT 'refused' AS key, countIf(dane NOT IN ('ok', 'unusable')) AS n, count() AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls')
UNION ALL
SELECT 'unusable' AS key, countIf(dane = 'unusable') AS n, count() AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls');

-- name: parameters
-- usage, selector and matching type: hosts with such a record
SELECT if(match(kind, '^[0-3] [01] [0-2] $'), substring(kind, 1, 5), 'other') AS key, uniqExact(host) AS n
FROM (SELECT host, substring(record, 1, 6) AS kind FROM mtasweep_hosts ARRAY JOIN tlsa_records AS record WHERE tlsa)
GROUP BY key;

-- name: operators_bad
-- whose hosts senders refuse, by the names behind them
SELECT pace_key AS key, count() AS hosts, sum(names) AS uses FROM mtasweep_hosts
WHERE tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
GROUP BY pace_key ORDER BY uses DESC, key LIMIT 30;

-- name: keys_of_many
-- certificates that several hosts show: one that ends takes them all along
SELECT `probe.cert_sha256` AS key, count() AS hosts, sum(names) AS uses FROM mtasweep_hosts WHERE isNotNull(`probe.cert_sha256`)
GROUP BY key HAVING count() > 1 ORDER BY uses DESC, key LIMIT 30;
