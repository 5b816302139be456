-- Several runs of many shards in DuckDB, in the folder that holds them: the table of `mtasweep schema duckdb` is filled
-- with one run after the other and written as Parquet, a file a run; queries read all files at once.

-- name: load
COPY mtasweep FROM 'run-2026-10/shard-*/results.ndjson.zst' (FORMAT json, ARRAY false);
COPY mtasweep TO 'run-2026-10.parquet' (FORMAT parquet, COMPRESSION zstd);
TRUNCATE mtasweep;
COPY mtasweep FROM 'run-2026-11/shard-*/results.ndjson.zst' (FORMAT json, ARRAY false);
COPY mtasweep TO 'run-2026-11.parquet' (FORMAT parquet, COMPRESSION zstd);
CREATE VIEW runs AS SELECT parse_filename(filename, true) AS run, * EXCLUDE (filename)
FROM read_parquet('run-*.parquet', filename = true);

-- name: per_run
SELECT run, verdict, count(*) AS n FROM runs GROUP BY run, verdict;

-- name: became
-- what names are now, by what they were
SELECT a.verdict AS old, b.verdict AS new, count(*) AS n
FROM runs a JOIN runs b ON a.domain = b.domain
WHERE a.run = 'run-2026-10' AND b.run = 'run-2026-11'
GROUP BY a.verdict, b.verdict;
