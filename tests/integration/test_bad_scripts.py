# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that hang, eat memory or do not even parse, beside a good one."""
import os
import pathlib
import signal
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, SLOW, WijzerTest, rows

BAD = """local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { "team" }, inputs = { s = w.item "a" },
  compute = function(g)
    if g.s.n == 0 then return w.no_value "nobody" end
    %s
  end }
"""

SCRIPTS = {
    "loop.lua": (BAD % ("loop", "while true do end"), "loop.lua:5: took"),
    "memory.lua": (BAD % ("memory", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end"), "memory.lua:5: out of memory"),
    "pattern.lua": (BAD % ("pattern", "return #(('a'):rep(60)):match(('a?'):rep(60) .. ('.-'):rep(40) .. 'b')"), "pattern.lua:5: took"),
    "syntax.lua": ("local w = require 'wijzer'\nw.indicator { id = \n", "syntax.lua:3: unexpected symbol"),
}


class BadScripts(WijzerTest):
    def test_the_good_one_is_on_time_and_the_bad_ones_are_named(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("good.lua", MEAN % "good")
        for name, (text, _) in SCRIPTS.items():
            w.script(name, text)
        w.start()
        for wave in (2023, 2025):
            begun = time.monotonic()
            self.assertEqual(w.post("m", HEADING + rows("A", 6, year=wave).replace("2025-10", f"{wave}-10")).json()["accepted"], 6)
            w.wait_for(lambda: [v for v in w.values("good", "?level=team") if v["period"] == str(wave)], "the good one is late")
            # At most one call of each of the two that hang may have been in the way: a second and a bit each.
            self.assertLess(time.monotonic() - begun, 4 * SLOW)
        for name, (_, said) in SCRIPTS.items():
            self.named(w, name, said)
        status = w.run("status").stdout
        for name, (_, said) in SCRIPTS.items():
            self.assertIn(said, status)

    def test_those_that_hang_wait_for_the_good_one(self):
        """Saved at one moment, and first in the alphabet: what they get before it is a moment each, not a second."""
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.start()
        w.post("m", HEADING + rows("A", 6))
        hanging = [f"hangs_{i}.lua" for i in range(6)]
        for name in hanging:
            w.script(name, "while true do end")
        w.script("in_c.lua", "return (('a'):rep(30)):find(('a*'):rep(30) .. 'b')")
        w.script("z_good.lua", MEAN % "good")
        w.wait_for(lambda: w.get("/v1/indicators/good").status == 200 and w.values("good"), "the good one never comes")
        named = [name for name in hanging if (w.script_info(name) or {}).get("error")]
        self.assertLess(len(named), 2, "the good one had to wait until others had had their whole time")
        for name in [*hanging, "in_c.lua"]:
            self.named(w, name, f"{name}:1: took")

    def test_a_worker_that_is_lost_is_forgotten_once_all_is_well(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("it.lua", BAD % ("it", "for i = 1, 3e7 do end return g.s.mean"))
        w.start()
        w.post("m", HEADING + "".join(rows(f"T{i}", 6) for i in range(8)))
        children = f"/proc/{w.process.pid}/task/{w.process.pid}/children"
        def lost():
            for pid in pathlib.Path(children).read_text().split():
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "wijzer-worker\n":
                    os.kill(int(pid), signal.SIGKILL)
                    time.sleep(0.2)
            return "signal 9" in (w.script_info("it.lua")["error"] or "")
        w.wait_for(lost, "it is not lost")
        w.wait_for(lambda: len(w.values("it")) == 8 and not w.script_info("it.lua")["error"],
                   lambda: w.script_info("it.lua"))
        self.assertEqual(w.script_info("it.lua")["state"], "active")

    def named(self, w, name, said):
        def errors():
            info = w.script_info(name)
            indicators = [i["error"] or "" for i in w.get("/v1/indicators").json()["indicators"] if i["script"] == name]
            return any(said in text for text in [info["error"] or "", *indicators])
        w.wait_for(errors, f"{name} is not named with \"{said}\"")


if __name__ == "__main__":
    unittest.main()
