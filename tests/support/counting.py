"""counting.py - counts and prints the checks of a test program."""


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, problem):
        """problem: what is wrong, or something false."""
        if problem:
            self.failed += 1
            print(f"FAIL {name}: {problem}")
        else:
            self.passed += 1
            print(f"ok   {name}")
