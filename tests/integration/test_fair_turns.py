# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that are slow, but allowed: each call has its second, and the neighbours have their turn."""
import os
import pathlib
import signal
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, SLOW, WijzerTest, rows

COMPUTE = """local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { "team" }, inputs = { s = w.item "a" },
  compute = function(g)
    %s
    return g.s.mean
  end }
"""

DERIVE = """local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { "team" }, inputs = { s = w.derive(function(r)
    %s
    return r.a
  end) }, compute = function(g) return g.s.mean end }
"""

WAVE = MONITOR.replace('wave = "year"', "wave = function(row)\n%s\nreturn row.year end")


def loop_for(ms):
    """Lua that is busy for about so long."""
    return f"for i = 1, {int(ms * LOOPS_A_MS)} do end"


def loops_a_ms():
    """How fast this machine is now: an empty loop in Lua is about ten times one in Python."""
    begun = time.monotonic()
    n = 0
    for _ in range(2_000_000):
        n += 1
    return 2_000_000 / (time.monotonic() - begun) / 1000 * 10 / SLOW


LOOPS_A_MS = loops_a_ms()


def teams(count, people=6, a=4, b=2):
    return "".join(rows(f"T{i:03}-", people, a=a, b=b).replace(f",T{i:03}-,", f",T{i:03},") for i in range(count))


class EachCallHasItsSecond(WijzerTest):
    def slow(self, script, file="slow.lua", others=()):
        w = self.make(feeds=FEED)
        for name, text in others:
            w.script(name, text)
        w.script(file, script)
        w.start()
        return w

    def test_a_batch_of_groups_is_no_call(self):
        w = self.slow(COMPUTE % ("it", loop_for(25)), others=[("m.lua", MONITOR)])
        w.post("m", HEADING + teams(64))
        w.wait_for(lambda: len(w.values("it", "?limit=1000")) == 64, lambda: w.script_info("slow.lua"), 20 * SLOW)
        self.assertEqual(w.script_info("slow.lua")["state"], "active")
        self.assertIsNone(w.script_info("slow.lua")["error"])

    def test_a_batch_of_rows_is_no_call(self):
        w = self.slow(DERIVE % ("it", loop_for(15)), others=[("m.lua", MONITOR)])
        w.post("m", HEADING + teams(20))
        w.wait_for(lambda: len(w.values("it", "?limit=1000")) == 20, lambda: w.script_info("slow.lua"), 20 * SLOW)
        self.assertIsNone(w.script_info("slow.lua")["error"])

    def test_a_batch_of_waves_is_no_call(self):
        w = self.slow(WAVE % loop_for(15), file="m.lua", others=[("it.lua", MEAN % "it")])
        self.assertEqual(w.post("m", HEADING + teams(20)).json()["accepted"], 120)
        w.wait_for(lambda: len(w.values("it", "?level=team&limit=1000")) == 20, lambda: w.script_info("m.lua"))
        self.assertIsNone(w.script_info("m.lua")["error"])

    def test_what_hangs_in_one_of_many_is_found_and_set_aside(self):
        self.at_the_same_time(self.one_of_many, ((COMPUTE, 'g.group == "S/T040"'), (DERIVE, "r.a == 5")))

    def one_of_many(self, text, group):
        hang = f"if {group} then\n while true do end end"
        w = self.slow(text % ("it", hang), others=[("m.lua", MONITOR)])
        w.post("m", HEADING + teams(64) + rows("T900", 6, a=5))
        w.wait_for(lambda: w.script_info("slow.lua")["state"] == "quarantined", lambda: w.script_info("slow.lua"),
                   40 * SLOW)
        self.assertRegex(w.script_info("slow.lua")["error"], r"slow\.lua:[45]: took too long")


class NeighboursHaveTheirTurn(WijzerTest):
    """`good` follows what comes in within seconds, whatever the others have to do."""

    def beside(self, others, before=""):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("z_good.lua", MEAN % "z_good")
        w.start()
        w.post("m", HEADING + teams(3))
        w.wait_for(lambda: len(w.values("z_good", "?level=team")) == 3, "it is not computed")
        for name, text in others.items():
            w.script(name, text)
        return w

    def ticks(self, w, seconds, value=3):
        w.post("m", HEADING + teams(3, a=value, b=6 - value))
        begun = time.monotonic()
        w.wait_for(lambda: w.by_group("z_good").get("S/T000", {}).get("value") == value, "it does not follow", 60 * SLOW)
        self.assertLess(time.monotonic() - begun, seconds * SLOW)

    def test_two_hundred_slow_indicators_in_one_file(self):
        w = self.beside({"many.lua": "\n".join(COMPUTE % (f"i{i}", loop_for(80)) for i in range(200))})
        w.wait_for(lambda: (w.script_info("many.lua") or {}).get("state") == "active", "it is not loaded")
        self.ticks(w, 3)
        self.ticks(w, 3, value=2)

    def test_many_files_that_take_long_to_load(self):
        big = f"{loop_for(80)}\n" + COMPUTE % ("%s", "")
        w = self.beside({f"big{i}.lua": big % f"b{i}" for i in range(60)})
        time.sleep(0.3)
        self.ticks(w, 3)

    def test_many_files_that_are_loaded_again_before_anybody_asks_for_them(self):
        """Theirs are no answers to compute anything of, and `good` takes longer to load than each of them."""
        big = f"{loop_for(100)}\n" + COMPUTE.replace('survey "m"', 'survey "none"') % ("%s", "")
        w = self.beside({f"big{i}.lua": big % f"b{i}" for i in range(60)})
        w.replace_script("z_good.lua", f"{loop_for(130)}\n" + MEAN % "z_good")
        w.wait_for(lambda: all((w.script_info(f"big{i}.lua") or {}).get("loaded_at") for i in range(60)), "they are not loaded",
                   60 * SLOW)
        w.wait_until_current()
        children = pathlib.Path(f"/proc/{w.process.pid}/task/{w.process.pid}/children").read_text().split()
        worker = next(int(c) for c in children if pathlib.Path(f"/proc/{c}/comm").read_text() == "wijzer-worker\n")
        os.kill(worker, signal.SIGKILL)
        self.ticks(w, 3, value=2)

    def test_a_slow_function_of_rows(self):
        w = self.beside({"slow.lua": DERIVE % ("slow", loop_for(300))})
        w.wait_for(lambda: (w.script_info("slow.lua") or {}).get("calls"), "it is not called")
        self.ticks(w, 4)


if __name__ == "__main__":
    unittest.main()
