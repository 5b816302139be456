"""golden.py - compares what a program says with files that somebody has looked at.

With GOLDEN_UPDATE=1 in the environment the files are written anew, and those that nobody asks for any more are removed; look
at every difference before you commit it.
"""
import difflib
import os

UPDATE = os.environ.get("GOLDEN_UPDATE") == "1"


class Golden:
    def __init__(self, folder):
        self.folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", folder)
        self.seen, self.passed, self.failed = set(), 0, 0
        os.makedirs(self.folder, exist_ok=True)

    def check(self, name, said):
        """said: text; name: of the file."""
        path = os.path.join(self.folder, name)
        self.seen.add(name)
        if UPDATE:
            with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
                f.write(said)
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
                wanted = f.read()
        except OSError:
            wanted = ""
        if wanted == said:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {name}:")
        diff = difflib.unified_diff(wanted.split("\n"), said.split("\n"), "golden", "said", lineterm="", n=1)
        print("\n".join(line.encode("utf-8", "replace").decode() for line in list(diff)[:60]))

    def expect(self, what, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {detail}")

    def finish(self):
        """Prints the count; the exit status."""
        for name in sorted(set(os.listdir(self.folder)) - self.seen):
            if UPDATE:
                os.unlink(os.path.join(self.folder, name))
            else:
                self.expect(name, False, "no situation has this file any more")
        print(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        return 1 if self.failed else 0
