-- Several runs in PostgreSQL are in one table, whose key is (run, line). Each is loaded with all that `mtasweep schema postgres`
-- prints, in the run's folder; of a run of shards, say shard-*/results.ndjson.zst in it:
--   mtasweep schema postgres | psql -v ON_ERROR_STOP=1 -v run=run-2026-10

-- name: per_run
SELECT run, verdict, count(*) AS n FROM mtasweep GROUP BY run, verdict;

-- name: became
-- what names are now, by what they were
SELECT a.verdict AS old, b.verdict AS new, count(*) AS n
FROM mtasweep a JOIN mtasweep b USING (domain)
WHERE a.run = 'run-2026-10' AND b.run = 'run-2026-11'
GROUP BY a.verdict, b.verdict;

-- name: flat_modes
-- the view has the parts of objects as columns
SELECT run, policy_mode, count(*) AS n, count(*) FILTER (WHERE tlsrpt_valid) AS with_tlsrpt FROM mtasweep_flat
WHERE policy_valid AND sts_valid GROUP BY run, policy_mode;
