#!/usr/bin/env python3
"""Loads sample records into a real database with the command that `mtasweep schema` prints, runs the queries of
datasets/queries, and compares them with report.json, number by number.

databases.py duckdb|postgres|clickhouse|clickhouse-flat BUILD_DIR [COUNT]

Exit 77: that database is not installed. A current ClickHouse comes as the npm package chdb, its engine as a
library; clickhouse-flat is for old servers such as Debian's.
"""
import collections
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Missing(Exception):
    """The database is not installed."""


def node_environment(module, package):
    """Environment in which node finds the npm package; Missing when there is none."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("node and npm are needed for " + package)
    env = dict(os.environ, NODE_PATH=os.pathsep.join(
        filter(None, (os.environ.get("NODE_PATH"), run("npm", "root", "-g").decode().strip()))))
    if subprocess.run(["node", "-e", "require(%r)" % module], env=env, capture_output=True).returncode != 0:
        raise Missing("npm package %s is not installed (npm install -g %s)" % (package, package))
    return env


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(map(str, command))[:200],
                                       done.stderr.decode(errors="replace")[-2000:]))
    return done.stdout


def queries(name):
    """[(name, SQL)] of a file of queries, in order."""
    text = (ROOT / "datasets" / "queries" / (name + ".sql")).read_text()
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.M)[1:]
    return [(parts[i], parts[i + 1].strip().rstrip(";")) for i in range(0, len(parts), 2)]


def schema(program, language, *options):
    """The CREATE TABLE and the load command that follows it."""
    table, load = run(program, "schema", language, *options).decode().split(";\n\n", 1)
    return table + ";", load


def expected(report):
    """What each query must give, from report.json: {query: {key: (n,) or (n, of)}}."""
    tables = report["tables"]

    def keyed(table, column, with_of=False):
        rows = tables[table]["rows"]
        pairs = rows.items() if isinstance(rows, dict) else [(row["key"], row) for row in rows]
        result = {}
        for key, row in pairs:
            share = row[column]
            if share["n"] > 0 or (with_of and share["of"] > 0):
                result[key] = (share["n"], share["of"]) if with_of else (share["n"],)
        return result

    findings = {}
    for row in tables["findings"]["rows"]:
        findings[row["key"]] = (findings.get(row["key"], (0,))[0] + row["names"]["n"],)
    ranks = keyed("by_rank", "mta_sts", True)
    return {
        "verdicts": keyed("verdicts", "names"),
        "adoption": keyed("adoption", "all", True),
        "by_tld": keyed("by_tld", "mta_sts", True),
        "by_rank": {k: v for k, v in ranks.items() if k != "none"},
        "stages": keyed("stages", "all"),
        "tls_reasons": keyed("tls_reasons", "all"),
        "http_status": keyed("http_status", "all"),
        "impact": keyed("impact", "names"),
        "modes": keyed("modes", "names"),
        "max_age_values": keyed("max_age_values", "names"),
        "newlines": keyed("newlines", "names"),
        "findings": findings,
        "broken_providers": keyed("policy_operators", "failing", True),
    }


def enforcing(results):
    """Of a query that no table of the report answers."""
    text = subprocess.run(["zstd", "-dcq", results], stdout=subprocess.PIPE, check=True).stdout
    records = (json.loads(line) for line in text.splitlines())
    names = collections.Counter(r["provider"]["mx"] or "other operators" for r in records if r["verdict"] == "enforce")
    return {operator: (n,) for operator, n in names.items()}


def expected_hosts(report):
    """The same of hosts-*.sql."""
    tables = report["tables"]

    def hosts(table, with_of=False):
        rows = tables[table]["rows"]
        pairs = rows.items() if isinstance(rows, dict) else [(row["key"], row) for row in rows]
        return {key: (r["hosts"]["n"], r["hosts"]["of"]) if with_of else (r["hosts"]["n"],) for key, r in pairs
                if r["hosts"]["n"] > 0}
    validity = hosts("dane_validity", True)
    return {"starttls": hosts("mx_starttls", True), "outcomes": hosts("mx_tls"), "reasons": hosts("mx_cert_reasons"),
            "versions": hosts("mx_tls_versions"), "keys": hosts("mx_keys"), "dane": hosts("dane_outcomes"),
            "dane_validity": {k: v for k, v in validity.items() if k in ("ok", "refused", "unusable")},
            "parameters": hosts("tlsa_parameters"), "cert_days": hosts("mx_cert_days")}


VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TLSA = ("3 1 1", "3 0 1", "2 1 1", "2 0 1", "3 1 2", "1 0 0", "3 9 1")


def some_host(dice, number, properties):
    """A line of hosts.ndjson.zst: each key of the schema, of each type and word."""
    def value(key, about):
        types = about.get("type", [])
        types = types if isinstance(types, list) else [types]
        if "null" in types and dice.random() < 0.2:
            return None
        if "enum" in about:
            return dice.choice(about["enum"])
        if "array" in types:
            if key == "tlsa_records":
                return ["%s %064x" % (dice.choice(TLSA), dice.getrandbits(256)) for _ in range(dice.randrange(3))]
            words = about["items"].get("enum")
            return dice.sample(words, dice.randrange(3)) if words else ["alias%d.example" % dice.randrange(9)]
        if "object" in types:
            return {k: value(k, a) for k, a in about["properties"].items()}
        if "boolean" in types:
            return dice.random() < 0.5
        if "integer" in types:
            return dice.choice((256, 384, 521, 1024, 2048, 3072, 4096)) if key == "cert_key_bits" else dice.randrange(100)
        if about.get("format") == "date-time":
            day = 0 if key == "at" else dice.randrange(-20, 300)
            return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1793600000 + 86400 * day + dice.randrange(-1, 2)))
        return dice.choice(VERSIONS) if key == "tls_version" else "text %d \u00e9" % dice.randrange(50)
    row = {key: value(key, about) for key, about in properties.items()}
    return dict(row, schema=1, names=dice.randrange(1, 1000), pace_key="operator%d.example" % dice.randrange(40),
                host="mx%d.operator.example" % number)


def check_hosts(kind, build, count, work):
    """Lines with every key; the report of a run that has them is what the queries must give."""
    properties = json.loads(run(PROGRAM, "schema", "json", "hosts"))["properties"]
    dice = random.Random(11)
    lines = "".join(json.dumps(some_host(dice, n, properties), separators=(",", ":")) + "\n" for n in range(count))
    run("zstd", "-q", "-o", work / "hosts.ndjson.zst", input=lines.encode())
    run(build / "tests" / "make_records", work / "results.ndjson.zst", "10", "5", "60")
    report = subprocess.run([PROGRAM, "report", "-f", "json", work], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            check=True).stdout
    return compare_all(kind, count, work, schema(PROGRAM, kind, "hosts"), work / "hosts.ndjson.zst", "mtasweep_hosts",
                       ["hosts-" + name for name in QUERIES.get(kind, (kind,))], expected_hosts(json.loads(report)))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class InProcess:
    """A database that lives in one process of node: loads and answers in one go."""

    def __init__(self, work):
        self.work, self.env = work, node_environment(self.module, self.module)

    def load_runs(self, table, _, statements):
        self.setup = [table, *statements]

    def query(self, named):
        job = json.dumps({"setup": self.setup, "queries": named, "folder": str(self.work / "data")}).encode()
        return json.loads(run("node", "-e", self.script, input=job, env=self.env, cwd=self.work))

    def close(self):
        pass


class DuckDB(InProcess):
    module = "@duckdb/node-api"
    script = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const c = await (await DuckDBInstance.create(':memory:')).connect();
  for (const sql of job.setup) await c.run(sql);
  const out = {};
  for (const [name, sql] of job.queries) out[name] = (await c.runAndReadAll(sql)).getRowsJson();
  console.log(JSON.stringify(out));
})().catch(e => { console.error(String(e)); process.exit(1); });
"""

    def load(self, table, load, results):
        self.setup = [table, load.split("\n", 1)[1]]


class ClickHouse(InProcess):
    module = "chdb"
    script = """
const { Session } = require('chdb');
const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const session = new Session(job.folder);
for (const sql of job.setup) session.query(sql);
const out = {version: [[session.query('SELECT version()', 'TabSeparated').trim()]]};
for (const [name, sql] of job.queries)
  out[name] = session.query(sql, 'TabSeparated').split('\\n').slice(0, -1).map(line => line.split('\\t'));
console.log(JSON.stringify(out));
"""

    def load(self, table, load, results):
        self.setup = [table, load.split("\n", 1)[1].rstrip().rstrip(";")]


class Postgres:

    def __init__(self, work):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found or not shutil.which("psql"):
            raise Missing("PostgreSQL is not installed (apt-get install postgresql)")
        self.bin, self.work = found[-1].parent, work
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(work, "postgres")
        data = work / "data"
        run(*self.as_user, self.bin / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync",
            "-E", "UTF8", "--locale=C", cwd=work)
        self.port = free_port()
        self.server = subprocess.Popen(
            [*self.as_user, str(self.bin / "postgres"), "-D", str(data), "-k", str(work), "-h", "",
             "-p", str(self.port), "-F"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
        for _ in range(200):
            if subprocess.run([self.bin / "pg_isready", "-h", work, "-p", str(self.port)],
                              capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        self.close()
        raise RuntimeError("PostgreSQL does not start")

    def psql(self, sql, *options, folder=None):
        return run("psql", "-h", self.work, "-p", str(self.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-X",
                   "-q", *options, input=sql.encode(), cwd=folder or self.work)

    def load(self, table, load, results):
        """All of it a second time, and without a run, are what the next run and a slip look like."""
        command = ["psql", "-h", self.work, "-p", str(self.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-X", "-q"]
        for expected, options, wanted in ((3, [], "psql -v run=NAME"), (0, ["-v", "run=one"], ""), (3, ["-v", "run=one"], "of that name is in mtasweep")):
            done = subprocess.run(command + options, input=(table + "\n" + load).encode(), cwd=self.work, capture_output=True, check=False)
            said = done.stderr.decode(errors="replace")
            if done.returncode != expected or (wanted in said if wanted else said == "") is False:
                raise RuntimeError("psql with %s: status %d, %s" % (options, done.returncode, said))

    def load_runs(self, table, load, _):
        load = table + load.replace("'zstd -dcq results.ndjson.zst'", "'zstd -dcq shard-*/results.ndjson.zst'")
        for run_ in RUNS:
            folder = self.work / run_
            os.chmod(folder, 0o755)
            self.psql(load, "-v", "run=" + run_, folder=folder)

    def query(self, named):
        out = {}
        for name, sql in named:
            lines = self.psql("COPY (%s) TO STDOUT" % sql).decode().splitlines()
            out[name] = [line.split("\t") for line in lines]
        return out

    def close(self):
        (self.work / "data" / "postmaster.pid").exists() and run(
            *self.as_user, self.bin / "pg_ctl", "-D", self.work / "data", "-m", "immediate", "stop", cwd=self.work)
        self.server.wait()


class ClickHouseFlat:
    """A server, which may be as old as Debian's, and its client."""

    def __init__(self, work):
        server = shutil.which("clickhouse-server") or shutil.which("clickhouse")
        if not server or not shutil.which("clickhouse-client"):
            raise Missing("ClickHouse is not installed (apt-get install clickhouse-server clickhouse-client)")
        self.work, self.port = work, free_port()
        (work / "config.xml").write_text("""<yandex><logger><level>error</level><log>%(d)s/log</log>
<errorlog>%(d)s/errors</errorlog></logger><tcp_port>%(p)d</tcp_port><http_port>%(h)d</http_port>
<interserver_http_port>%(i)d</interserver_http_port><listen_host>127.0.0.1</listen_host>
<path>%(d)s/data/</path><tmp_path>%(d)s/tmp/</tmp_path><users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>5368709120</mark_cache_size></yandex>""" % {
            "d": work, "p": self.port, "h": free_port(), "i": free_port()})
        (work / "users.xml").write_text("""<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage>
</default></profiles><users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default></default></quotas></yandex>""")
        command = [server, "--config-file", str(work / "config.xml")]
        if pathlib.Path(server).name == "clickhouse":
            command.insert(1, "server")
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
        for _ in range(200):
            try:
                self.client("SELECT 1")
                return
            except RuntimeError:
                time.sleep(0.1)
        self.close()
        raise RuntimeError("ClickHouse does not start")

    def client(self, sql, *options):
        return run("clickhouse-client", "--host", "127.0.0.1", "--port", str(self.port), *options, "--query", sql)

    def load(self, table, load, results):
        self.client(table.rstrip(";"))
        command = load.splitlines()[1].lstrip("- ").replace(
            "clickhouse-client", "clickhouse-client --host 127.0.0.1 --port %d" % self.port)
        run("sh", "-c", command, cwd=self.work)

    def query(self, named):
        out = {}
        for name, sql in named:
            lines = self.client(sql + " FORMAT TabSeparated").decode().splitlines()
            out[name] = [line.split("\t") for line in lines]
        return out

    def close(self):
        self.server.terminate()
        self.server.wait()


DATABASES = {"duckdb": DuckDB, "postgres": Postgres, "clickhouse": ClickHouse, "clickhouse-flat": ClickHouseFlat}
QUERIES = {"clickhouse": ("clickhouse", "clickhouse-lists"), "clickhouse-flat": ("clickhouse",)}  # else its own


RUNS = {"run-2026-10": 60, "run-2026-11": 400}  # adopters of a thousand


def check_runs(kind, build, work):
    """Two runs of three shards each, side by side: what report says of each and diff of both."""
    names = 3000
    for run_, adopters in RUNS.items():
        for k in range(3):
            folder = work / run_ / ("shard-%d-of-3" % (k + 1))
            folder.mkdir(parents=True)
            run(build / "tests" / "make_records", folder / "results.ndjson.zst", str(names // 3), "5", str(adopters),
                str(1 + k * names // 3))
    want = {}
    for run_ in RUNS:
        rows = json.loads(run(PROGRAM, "report", "-f", "json", work / run_))["tables"]["verdicts"]["rows"]
        want.update({(run_, key): row["names"]["n"] for key, row in rows.items() if row["names"]["n"]})
    changed = json.loads(run(PROGRAM, "diff", "-f", "json", *[work / run_ for run_ in RUNS]))
    conclusive = {(v["old"], v["new"]): v["names"] for v in changed["verdicts"] if v["names"]}
    table, load = schema(PROGRAM, kind, *(("--table", "runs_of_shards") if kind == "postgres" else ()))
    parts = dict(queries("runs-" + kind))
    statements = [s.strip() for s in parts.pop("load", "").split(";\n") if s.strip()]
    database = DATABASES[kind](work)
    try:
        database.load_runs(table, load, statements)
        if kind == "postgres":
            parts = {name: sql.replace("mtasweep", "runs_of_shards") for name, sql in parts.items()}
        got = database.query(list(parts.items()))
    finally:
        database.close()
    per_run = {(row[0], row[1]): int(row[2]) for row in got["per_run"]}
    became = {(row[0], row[1]): int(row[2]) for row in got["became"] if (row[0], row[1]) in conclusive or
              not {"inconclusive", "invalid_input", "excluded"} & {row[0], row[1]}}
    wrong = (per_run != want) + (became != conclusive)
    if wrong:
        print("runs:", per_run, want, became, conclusive, sep="\n  ")
    if kind == "postgres":
        modes = sum(int(row[2]) for row in got["flat_modes"])
        wrong += modes < 100 or modes < sum(n for (_, v), n in per_run.items() if v in ("enforce", "testing", "none"))
    print("%s: two runs of three shards, %d numbers compared with report and diff, %d differences" %
          (kind, len(want) + len(conclusive), wrong))
    return 1 if wrong or len(conclusive) < 5 else 0


def compare(name, got, want):
    """Number of differences between a query's rows and the report's."""
    rows = {row[0]: tuple(int(v) for v in row[1:]) for row in got}
    wrong = 0
    for key in sorted(set(rows) | set(want)):
        if rows.get(key) != want.get(key):
            print("%s: %r is %s in SQL and %s in report.json" % (name, key, rows.get(key), want.get(key)))
            wrong += 1
    return wrong


def check(kind, build, count, work):
    results = work / "results.ndjson.zst"
    run(build / "tests" / "make_records", results, str(count), "5", "60")
    report = subprocess.run([PROGRAM, "report", "-f", "json", results], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=True).stdout
    want = dict(expected(json.loads(report)), enforcing_operators=enforcing(results))
    return compare_all(kind, count, work, schema(PROGRAM, kind), results, "mtasweep", QUERIES.get(kind, (kind,)), want)


def compare_all(kind, count, work, sql, lines, name_of_table, files, want):
    """Loads the lines, runs the queries of the files, and compares those of which it is known what they give."""
    os.chmod(work, 0o755)
    database = DATABASES[kind](work)
    try:
        started = time.monotonic()
        database.load(*sql, lines)
        named = [query for name in files for query in queries(name)]
        got = database.query([("rows", "SELECT count(*) AS n FROM " + name_of_table), *named])
        seconds = time.monotonic() - started
    finally:
        database.close()
    loaded = int(got["rows"][0][0])
    wrong = 0 if loaded == count else 1
    print("%s: %d of %d lines loaded, queries in %.1f s" % (kind, loaded, count, seconds))
    compared = 0
    for name, _ in named:
        if not got[name]:
            print("%s: no rows" % name)
            wrong += 1
        if name in want:
            wrong += compare(name, got[name], want[name])
            compared += 1
    print("%s: %d queries, %d compared with report.json, %d differences" % (kind, len(named), compared, wrong))
    return 1 if wrong or compared < 8 else 0


def main():
    global PROGRAM
    kind, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    count = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("MTASWEEP_TEST_RECORDS", 100000))
    PROGRAM = build / "scanner" / "mtasweep"
    with tempfile.TemporaryDirectory(prefix="mtasweep-db-") as work:
        try:
            status = check(kind, build, count, pathlib.Path(work))
            with tempfile.TemporaryDirectory(prefix="mtasweep-db-") as hosts:
                status |= check_hosts(kind, build, 5000, pathlib.Path(hosts))
            with tempfile.TemporaryDirectory(prefix="mtasweep-db-") as runs:
                if (ROOT / "datasets" / "queries" / ("runs-%s.sql" % kind)).exists():
                    os.chmod(runs, 0o755)
                    status |= check_runs(kind, build, pathlib.Path(runs))
            return status
        except Missing as why:
            print("skipped: %s" % why)
            return 77


if __name__ == "__main__":
    sys.exit(main())
