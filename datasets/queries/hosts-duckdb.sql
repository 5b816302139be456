-- Queries for the table of `mtasweep schema duckdb hosts`: distinct MX hosts.

-- name: starttls
-- of the hosts where it is certain what a sender does; the last: of all that were to be visited
SELECT 'offered' AS key, count(*) FILTER (tls <> 'no_starttls') AS n, count(*) AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'none' AS key, count(*) FILTER (tls = 'no_starttls') AS n, count(*) AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'usable' AS key, count(*) FILTER (tls IN ('ok', 'weak')) AS n, count(*) AS total
FROM mtasweep_hosts WHERE tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
UNION ALL
SELECT 'inconclusive' AS key, count(*) FILTER (NOT (tls IN ('ok', 'weak') OR tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake'))) AS n, count(*) AS total
FROM mtasweep_hosts WHERE tls IS NOT NULL;

-- name: outcomes
SELECT tls AS key, count(*) AS n FROM mtasweep_hosts WHERE tls IS NOT NULL GROUP BY tls;

-- name: reasons
-- what is wrong with the certificates that senders refuse
SELECT reason AS key, count(*) AS n FROM (SELECT tls, unnest(tls_reasons) AS reason FROM mtasweep_hosts)
WHERE tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
GROUP BY reason;

-- name: versions
SELECT probe.tls_version AS key, count(*) AS n FROM mtasweep_hosts
WHERE probe.tls_version IS NOT NULL AND tls IS NOT NULL GROUP BY 1;

-- name: keys
SELECT CASE WHEN probe.cert_ec AND probe.cert_key_bits = 256 THEN 'ec_256' WHEN probe.cert_ec AND probe.cert_key_bits = 384 THEN 'ec_384'
            WHEN probe.cert_ec THEN 'other' WHEN probe.cert_key_bits < 2048 THEN 'rsa_short' WHEN probe.cert_key_bits < 3072 THEN 'rsa_2048'
            WHEN probe.cert_key_bits < 4096 THEN 'rsa_3072' ELSE 'rsa_4096' END AS key, count(*) AS n
FROM mtasweep_hosts WHERE probe.cert_key_bits > 0 AND probe.cert_sha256 IS NOT NULL AND tls IS NOT NULL GROUP BY 1;

-- name: dane
SELECT dane AS key, count(*) AS n FROM mtasweep_hosts WHERE dane IS NOT NULL AND dane NOT IN ('error', 'insecure') GROUP BY dane;

-- name: dane_validity
-- of the hosts with secure TLSA records where it is certain what a DANE sender does
SELECT 'ok' AS key, count(*) FILTER (dane = 'ok') AS n, count(*) AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls')
UNION ALL
SELECT 'refused' AS key, count(*) FILTER (dane NOT IN ('ok', 'unusable')) AS n, count(*) AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls')
UNION ALL
SELECT 'unusable' AS key, count(*) FILTER (dane = 'unusable') AS n, count(*) AS total
FROM mtasweep_hosts WHERE tlsa AND dane IN ('ok', 'unusable', 'mismatch', 'name_mismatch', 'expired', 'ta_not_sent', 'no_tls');

-- name: parameters
-- usage, selector and matching type: hosts with such a record
SELECT CASE WHEN regexp_matches(kind, '^[0-3] [01] [0-2] $') THEN rtrim(kind) ELSE 'other' END AS key,
       count(DISTINCT host) AS n
FROM (SELECT host, left(unnest(tlsa_records), 6) AS kind FROM mtasweep_hosts WHERE tlsa) GROUP BY 1;

-- name: operators_bad
-- whose hosts senders refuse, by the names behind them
SELECT pace_key AS key, count(*) AS hosts, sum(names) AS uses FROM mtasweep_hosts
WHERE tls IN ('no_starttls', 'name_mismatch', 'expired', 'not_yet_valid', 'self_signed', 'untrusted', 'protocol', 'incomplete_chain',
              'starttls_refused', 'cleartext', 'handshake')
GROUP BY pace_key ORDER BY uses DESC, key LIMIT 30;

-- name: keys_of_many
-- certificates that several hosts show: one that ends takes them all along
SELECT probe.cert_sha256 AS key, count(*) AS hosts, sum(names) AS uses FROM mtasweep_hosts WHERE probe.cert_sha256 IS NOT NULL
GROUP BY 1 HAVING count(*) > 1 ORDER BY uses DESC, key LIMIT 30;

-- name: cert_days
-- days left at the time of the visit
SELECT CASE WHEN left_s < 0 THEN 'expired' WHEN left_s < 7 * 86400 THEN '0-6' WHEN left_s < 14 * 86400 THEN '7-13'
            WHEN left_s < 30 * 86400 THEN '14-29' WHEN left_s < 60 * 86400 THEN '30-59' WHEN left_s < 90 * 86400 THEN '60-89'
            WHEN left_s < 180 * 86400 THEN '90-179' ELSE '180-' END AS key, count(*) AS n
FROM (SELECT epoch(probe.cert_not_after) - epoch(probe.at) AS left_s FROM mtasweep_hosts
      WHERE probe.cert_not_after IS NOT NULL AND probe.at IS NOT NULL AND tls IS NOT NULL) GROUP BY 1;
