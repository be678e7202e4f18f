# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at 200 random moments of imports: after a restart and a repeat nothing is lost, nothing doubled, and the results
are those of an undisturbed run."""
import os
import random
import threading
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest

ROUNDS = int(os.environ.get("WIJZER_CRASH_ROUNDS", "200"))
SEED = int(os.environ.get("WIJZER_CRASH_SEED", "2025"))
ROWS = 2000

GAP = """
local w = require "wijzer"
w.indicator { id = "gap", source = w.survey "m", by = { "school", "team" },
  inputs = { gap = w.derive(function(r) return r.a and r.b and r.a - r.b end), share = w.share { "a", at_least = 4 } },
  compute = function(g) return { value = g.gap.mean, extra = { share = g.share.value, sd = g.gap.sd } } end }
"""


def make_export(chance, generation):
    """A third of the rows change from one generation to the next, so that imports replace as well as add."""
    lines = []
    for i in range(ROWS):
        own = random.Random(i * 7919 + (generation if i % 3 == 0 else 0))
        lines.append(f"r{i},2025-10-01,2025,S{i % 3},T{i % 40},{own.randint(1, 5)},{own.randint(1, 5)},{own.randint(0, 9)}\n")
    chance.shuffle(lines)
    return (HEADING + "".join(lines)).encode()


def plain(values):
    return [{key: value for key, value in v.items() if key != "computed_at"} for v in values]


class Crash(WijzerTest):
    def make_wijzer(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("gap.lua", GAP)
        return w.start()

    def import_and_lose(self, w, export):
        try:
            w.post("m", export)
        except OSError:
            pass  # it was killed

    def test_nothing_is_lost_or_doubled(self):
        chance = random.Random(SEED)
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        w = self.make_wijzer()
        export = None
        for generation in range(ROUNDS):
            export = make_export(chance, generation)
            sender = threading.Thread(target=self.import_and_lose, args=(w, export))
            sender.start()
            time.sleep(chance.random() * 0.12)
            w.kill()
            sender.join()
            w.start()
        report = w.post("m", export).json()
        self.assertEqual(report["accepted"] + report["replaced"] + report["duplicate"], ROWS, SEED)
        w.wait_until_current()

        undisturbed = self.make_wijzer()
        self.assertEqual(undisturbed.post("m", export).json()["accepted"], ROWS)
        undisturbed.wait_until_current()
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], ROWS, SEED)
        for indicator in ("mean", "gap"):
            self.assertEqual(plain(w.values(indicator)), plain(undisturbed.values(indicator)), SEED)


if __name__ == "__main__":
    unittest.main()
