-- Queries over the lists of objects, which the table of `mtasweep schema clickhouse` has and the flat one has not.

-- name: findings
-- names with the finding
SELECT code AS key, uniqExact(line) AS n FROM mtasweep ARRAY JOIN issues.code AS code GROUP BY key;

-- name: patterns_without_host
-- names whose MX hosts are not all covered, by the closest explanation
SELECT h.mismatch AS mismatch, policy.mode AS mode, uniqExact(line) AS names
FROM mtasweep ARRAY JOIN mx.hosts AS h WHERE policy.valid AND h.matched = false
GROUP BY mismatch, mode ORDER BY names DESC;

-- name: mail_at_risk_findings
-- names that lose mail, with their tag and the findings at the root
SELECT domain, tag, policy.mode, arrayMap(i -> i.code, arrayFilter(i -> i.severity = 'error', issues)) AS findings
FROM mtasweep WHERE impact = 'mail_loss' ORDER BY domain;
