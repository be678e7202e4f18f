# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench says: one table on stdout, line by line as it is measured, and how far it is on stderr."""
import sys
import time

FORM = "{:<60} {:>30} {:>24} {:>7} {:>9}"
EVERY = 30  # seconds between two lines of progress where they cannot be written one over the other


def heading():
    row("", "wijzerd", "against", "ratio", "aim")


def section(title):
    clear()
    print(f"\n{title}", flush=True)


def row(what, measured, against="", ratio="", aim=""):
    clear()
    print(FORM.format(what, measured, against, ratio, aim).rstrip(), flush=True)


class Progress:
    """Of one thing that takes long."""

    def __init__(self, what):
        self.what, self.begun, self.told = what, time.monotonic(), time.monotonic()

    def seconds(self):
        return time.monotonic() - self.begun

    def tell(self, share):
        """`share`: how much of it is done, from 0 to 1."""
        now = time.monotonic()
        text = f"{self.what}: {share:.0%} after {self.seconds():.0f} s"
        if sys.stderr.isatty():
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
        elif now - self.told >= EVERY:
            print(text, file=sys.stderr, flush=True)
            self.told = now


def clear():
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
