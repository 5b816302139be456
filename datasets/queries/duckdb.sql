-- Queries for the table of `mtasweep schema duckdb`.

-- name: verdicts
SELECT verdict AS key, count(*) AS n FROM mtasweep GROUP BY verdict;

-- name: adoption
-- MTA-STS and TLS-RPT, of the names where the answer is known
WITH named AS (
  SELECT *, sts.valid OR verdict IN ('enforce', 'testing', 'none', 'broken') AS has_sts,
         tlsrpt.dns IN ('ok', 'nodata', 'nxdomain') AS rpt_known
  FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded'))
SELECT 'mta_sts' AS key, count(*) FILTER (has_sts) AS n,
       count(*) FILTER (has_sts OR verdict = 'absent') AS total FROM named
UNION ALL
SELECT 'tls_rpt', count(*) FILTER (rpt_known AND tlsrpt.valid), count(*) FILTER (rpt_known) FROM named
UNION ALL
SELECT 'both', count(*) FILTER (rpt_known AND has_sts AND tlsrpt.valid),
       count(*) FILTER (rpt_known AND (has_sts OR verdict = 'absent')) FROM named;

-- name: by_tld
SELECT tld AS key,
       count(*) FILTER (sts.valid OR verdict IN ('enforce', 'testing', 'none', 'broken')) AS n,
       count(*) FILTER (sts.valid OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND tld IS NOT NULL GROUP BY tld;

-- name: by_rank
-- adoption in bins of 10,000 ranks
SELECT ((rank - 1) // 10000 * 10000 + 1)::VARCHAR || '-' || (((rank - 1) // 10000 + 1) * 10000)::VARCHAR AS key,
       count(*) FILTER (sts.valid OR verdict IN ('enforce', 'testing', 'none', 'broken')) AS n,
       count(*) FILTER (sts.valid OR verdict IN ('enforce', 'testing', 'none', 'broken', 'absent')) AS total
FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') AND rank BETWEEN 1 AND 1000000 GROUP BY 1;

-- name: stages
-- where the way to the policy ends, of the conclusive fetches
SELECT policy.stage AS key, count(*) AS n FROM mtasweep
WHERE sts.valid AND policy.stage <> 'none' AND verdict <> 'inconclusive' GROUP BY 1;

-- name: tls_reasons
SELECT policy.tls_reason AS key, count(*) AS n FROM mtasweep
WHERE sts.valid AND policy.stage = 'tls' AND verdict <> 'inconclusive' AND policy.tls_reason IS NOT NULL GROUP BY 1;

-- name: http_status
SELECT coalesce(policy.http_status, 0)::VARCHAR AS key, count(*) AS n FROM mtasweep
WHERE sts.valid AND policy.stage = 'http' AND verdict <> 'inconclusive' GROUP BY 1;

-- name: impact
SELECT impact AS key, count(*) AS n FROM mtasweep WHERE verdict NOT IN ('invalid_input', 'excluded') GROUP BY 1;

-- name: modes
SELECT policy.mode AS key, count(*) AS n FROM mtasweep
WHERE policy.valid AND sts.valid AND verdict <> 'inconclusive' GROUP BY 1;

-- name: max_age_values
-- the thirty most frequent values
SELECT policy.max_age::VARCHAR AS key, count(*) AS n FROM mtasweep
WHERE policy.valid AND sts.valid AND verdict <> 'inconclusive' AND policy.max_age IS NOT NULL
GROUP BY 1 ORDER BY n DESC, key LIMIT 30;

-- name: newlines
SELECT policy.newline AS key, count(*) AS n FROM mtasweep
WHERE sts.valid AND verdict <> 'inconclusive' AND policy.stage IN ('syntax', 'ok') AND policy.body IS NOT NULL
  AND policy.newline IS NOT NULL GROUP BY 1;

-- name: findings
-- names with the finding
SELECT code AS key, count(DISTINCT line) AS n
FROM (SELECT line, unnest(issues).code AS code FROM mtasweep) GROUP BY 1;

-- name: broken_providers
-- providers of policy hosts by failing names
SELECT provider.policy AS key, count(*) FILTER (policy.stage <> 'ok') AS n, count(*) AS total FROM mtasweep
WHERE sts.valid AND policy.stage <> 'none' AND verdict <> 'inconclusive' AND provider.policy IS NOT NULL
GROUP BY 1 ORDER BY n DESC;

-- name: enforcing_operators
-- operators of MX hosts by names whose policy is enforced; a name whose record is void can have a policy in mode
-- enforce, too, but no sender heeds it
SELECT coalesce(provider.mx, 'other operators') AS key, count(*) AS n FROM mtasweep WHERE verdict = 'enforce'
GROUP BY 1 ORDER BY n DESC, key;

-- name: mail_at_risk
-- names that lose mail, with their tag and the finding at the root
SELECT domain, tag, policy.mode, [i.code FOR i IN issues IF i.severity = 'error'] AS findings
FROM mtasweep WHERE impact = 'mail_loss' ORDER BY domain;

-- name: shared_addresses
-- fifty names and more behind one address are a hoster, whatever the names say
SELECT policy.address, count(*) AS names, count(*) FILTER (verdict = 'broken') AS broken
FROM mtasweep WHERE policy.address IS NOT NULL GROUP BY 1 HAVING count(*) >= 50 ORDER BY names DESC;

-- name: patterns_without_host
-- names whose MX hosts are not all covered, by the closest explanation
SELECT h.mismatch, policy.mode, count(DISTINCT line) AS names
FROM (SELECT line, policy, unnest(mx.hosts) AS h FROM mtasweep WHERE policy.valid)
WHERE h.matched = false GROUP BY 1, 2 ORDER BY names DESC;
