-- Queries for the tables of `mtasweep schema clickhouse` and `clickhouse-flat`: `sts.valid` is an element of a
-- tuple in the one and a column in the other. More for the first: clickhouse-lists.sql.

-- name: verdicts
SELECT verdict AS key, count() AS n FROM mtasweep GROUP BY verdict;

-- name: adoption
-- MTA-STS and TLS-RPT, of the names where the answer is known
SELECT 'mta_sts' AS key, countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken')) AS n,
       countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded')
UNION ALL
SELECT 'tls_rpt' AS key, countIf(`tlsrpt.valid`) AS n, count() AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND `tlsrpt.dns` IN ('ok', 'nodata', 'nxdomain')
UNION ALL
SELECT 'both' AS key,
       countIf(`tlsrpt.valid` AND (`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken'))) AS n,
       countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND `tlsrpt.dns` IN ('ok', 'nodata', 'nxdomain');

-- name: by_tld
SELECT tld AS key, countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken')) AS n,
       countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND isNotNull(tld) GROUP BY tld;

-- name: by_rank
-- adoption in bins of 10,000 ranks
SELECT concat(toString(intDiv(assumeNotNull(rank) - 1, 10000) * 10000 + 1), '-',
              toString((intDiv(assumeNotNull(rank) - 1, 10000) + 1) * 10000)) AS key,
       countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken')) AS n,
       countIf(`sts.valid` OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND isNotNull(rank) AND rank <= 1000000
GROUP BY key;

-- name: stages
-- where the way to the policy ends, of the conclusive fetches
SELECT `policy.stage` AS key, count() AS n FROM mtasweep
WHERE `sts.valid` AND `policy.stage` != 'none' AND verdict != 'inconclusive' GROUP BY key;

-- name: tls_reasons
SELECT `policy.tls_reason` AS key, count() AS n FROM mtasweep
WHERE `sts.valid` AND `policy.stage` = 'tls' AND verdict != 'inconclusive' AND isNotNull(`policy.tls_reason`)
GROUP BY key;

-- name: http_status
SELECT toString(ifNull(`policy.http_status`, 0)) AS key, count() AS n FROM mtasweep
WHERE `sts.valid` AND `policy.stage` = 'http' AND verdict != 'inconclusive' GROUP BY key;

-- name: impact
SELECT impact AS key, count() AS n FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') GROUP BY key;

-- name: modes
SELECT `policy.mode` AS key, count() AS n FROM mtasweep
WHERE `policy.valid` AND `sts.valid` AND verdict != 'inconclusive' GROUP BY key;

-- name: max_age_values
-- the thirty most frequent values
SELECT toString(`policy.max_age`) AS key, count() AS n FROM mtasweep
WHERE `policy.valid` AND `sts.valid` AND verdict != 'inconclusive' AND isNotNull(`policy.max_age`)
GROUP BY key ORDER BY n DESC, key LIMIT 30;

-- name: newlines
SELECT `policy.newline` AS key, count() AS n FROM mtasweep
WHERE `sts.valid` AND verdict != 'inconclusive' AND `policy.stage` IN ('syntax', 'ok') AND isNotNull(`policy.body`)
  AND isNotNull(`policy.newline`) GROUP BY key;

-- name: broken_providers
-- providers of policy hosts by failing names
SELECT `provider.policy` AS key, countIf(`policy.stage` != 'ok') AS n, count() AS total FROM mtasweep
WHERE `sts.valid` AND `policy.stage` != 'none' AND verdict != 'inconclusive' AND isNotNull(`provider.policy`)
GROUP BY key ORDER BY n DESC;

-- name: enforcing_operators
-- operators of MX hosts by names whose policy is enforced; a name whose record is void can have a policy in mode
-- enforce, too, but no sender heeds it
SELECT coalesce(`provider.mx`, 'other operators') AS key, count() AS n FROM mtasweep WHERE verdict = 'enforce'
GROUP BY key ORDER BY n DESC, key;

-- name: mail_at_risk
-- names that lose mail, with their tag
SELECT domain, tag, `policy.mode`, `policy.mx` FROM mtasweep WHERE impact = 'mail_loss' ORDER BY domain;

-- name: shared_addresses
-- fifty names and more behind one address are a hoster, whatever the names say
SELECT `policy.address` AS address, count() AS names, countIf(verdict = 'broken') AS broken
FROM mtasweep WHERE isNotNull(`policy.address`) GROUP BY address HAVING names >= 50 ORDER BY names DESC;
