"""instructions.py - user-space instructions by callgrind, of a program and all it starts."""
import glob
import os
import re
import shutil
import subprocess
import tempfile

TOTALS = re.compile(r"^(?:totals|summary): ([0-9]+)", re.M)


def available():
    return shutil.which("valgrind") is not None


def count(command):
    """Instructions of a whole run, processes that it starts included."""
    with tempfile.TemporaryDirectory(prefix="mtasweep-count-") as folder:
        done = subprocess.run(["valgrind", "-q", "--tool=callgrind", "--trace-children=yes",
                               f"--callgrind-out-file={folder}/%p", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: status {done.returncode} under valgrind: "
                             f"{done.stderr.decode(errors='replace')[-500:]}")
        total = 0
        for path in glob.glob(os.path.join(folder, "*")):
            with open(path, encoding="utf-8", errors="replace") as text:
                total += sum(map(int, TOTALS.findall(text.read())[-1:]))
    return total
