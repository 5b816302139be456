-- Several runs of many shards in ClickHouse: the table of `mtasweep schema clickhouse` takes one run after the other, all
-- of its shards by a glob, and hands it on to a table that says which run it was. On a server, file() reads below
-- user_files; s3('https://bucket.example/run-2026-10/shard-*/results.ndjson.zst', 'JSONEachRow') reads a bucket likewise.

-- name: load
CREATE TABLE runs ENGINE = MergeTree ORDER BY (run, line) AS SELECT '' AS run, * FROM mtasweep WHERE 0;
INSERT INTO mtasweep SELECT * FROM file('run-2026-10/shard-*/results.ndjson.zst', 'JSONEachRow')
SETTINGS date_time_input_format = 'best_effort', input_format_null_as_default = 1, input_format_skip_unknown_fields = 1;
INSERT INTO runs SELECT 'run-2026-10' AS run, * FROM mtasweep;
TRUNCATE TABLE mtasweep;
INSERT INTO mtasweep SELECT * FROM file('run-2026-11/shard-*/results.ndjson.zst', 'JSONEachRow')
SETTINGS date_time_input_format = 'best_effort', input_format_null_as_default = 1, input_format_skip_unknown_fields = 1;
INSERT INTO runs SELECT 'run-2026-11' AS run, * FROM mtasweep;
TRUNCATE TABLE mtasweep;

-- name: per_run
SELECT run, verdict, count() AS n FROM runs GROUP BY run, verdict;

-- name: became
-- what names are now, by what they were
SELECT a.verdict AS old, b.verdict AS new, count() AS n
FROM runs AS a INNER JOIN runs AS b ON a.domain = b.domain
WHERE a.run = 'run-2026-10' AND b.run = 'run-2026-11'
GROUP BY a.verdict, b.verdict;
