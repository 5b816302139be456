#!/usr/bin/env python3
"""schema.py BUILD_DIR - the JSON Schema against a real validator, and the committed description of a record.

Sample records must validate; records with a key missing, a wrong type, an unknown word or a bad time must not.
"""
import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNT = 3000


def schema(*language):
    return subprocess.run([BUILD / "scanner" / "mtasweep", "schema", *language], stdout=subprocess.PIPE,
                          check=True).stdout.decode()


def records():
    made = subprocess.run([BUILD / "tests" / "make_records", "-", str(COUNT), "8", "500"], stdout=subprocess.PIPE,
                          check=True).stdout
    plain = subprocess.run(["zstd", "-dcq"], input=made, stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in plain.splitlines()]


def spoiled(record):
    """(what was done, the record with it done)"""
    def copy():
        return json.loads(json.dumps(record))

    for path in (["line"], ["verdict"], ["policy", "mode"], ["policy", "evidence"], ["mx", "hosts"], ["issues"]):
        one = copy()
        at = one
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
        yield ".".join(path) + " missing", one
    for path, value in ((["line"], "1"), (["line"], -1), (["verdict"], "fine"), (["sts", "valid"], None),
                        (["sts", "txt"], "v=STSv1"), (["policy", "tls_reason"], "bad"), (["schema"], 2),
                        (["scanned_at"], "yesterday"), (["scanned_at"], "2026-01-01T00:00:00Z"),
                        (["senders_refusing"], ["nobody"]), (["senders_refusing"], ["mox", "mox"]),
                        (["issues"], [{"code": "x"}]), (["policy", "max_age"], 1.5)):
        one = copy()
        at = one
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        yield "%s = %r" % (".".join(path), value), one


def main():
    text = json.loads(schema("json"))
    jsonschema.Draft202012Validator.check_schema(text)
    validator = jsonschema.Draft202012Validator(text)
    failed = 0
    some = records()
    for record in some:
        for error in validator.iter_errors(record):
            print("line %d: %s" % (record["line"], error.message[:300]))
            failed += 1
    refused = 0
    for what, record in spoiled(next(r for r in some if r["verdict"] == "enforce")):
        if validator.is_valid(record):
            print("accepted although it is wrong: " + what)
            failed += 1
        refused += 1
    print("schema: %d records valid, %d spoiled ones refused" % (len(some), refused))
    hosts = json.loads(schema("json", "hosts"))
    jsonschema.Draft202012Validator.check_schema(hosts)
    of_record = text["properties"]["mx"]["properties"]["hosts"]["items"]["properties"]
    if dict(of_record, **{k: hosts["properties"][k] for k in ("schema", "pace_key", "names")}) != hosts["properties"]:
        print("a host's line has not the keys of mx.hosts")
        failed += 1
    for page, words in (("record.md", ("markdown",)), ("host.md", ("markdown", "hosts"))):
        if (ROOT / "datasets" / page).read_text() != schema(*words):
            print("datasets/%s differs: build/scanner/mtasweep schema %s >datasets/%s" % (page, " ".join(words), page))
            failed += 1
    return 1 if failed or len(some) != COUNT else 0


if __name__ == "__main__":
    sys.exit(main())
