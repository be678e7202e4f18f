# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of a script that fails: its last good results, which say that they are old, and its error as long as there is one."""
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows

SCRIPT = """local w = require "wijzer"
w.indicator { id = "it", source = w.survey "m", by = { "team" }, inputs = { s = w.item "a" },
  compute = function(g)
    if g.s.n == 0 then return w.no_value "nobody" end
    %s
  end }
"""


class Stale(WijzerTest):
    def test_the_last_good_results_stay_and_say_that_they_are(self):
        self.at_the_same_time(self.last_good_results, (
            ("while true do end", "quarantined"), ("error 'no'", "active"),
            ("return (('a'):rep(30)):find(('a*'):rep(30) .. 'b')", "quarantined")))

    def last_good_results(self, body, state):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("it.lua", MEAN % "it")
        w.start()
        def answer(score, team="A"):
            self.assertEqual(w.post("m", HEADING + rows(team, 6, a=score, b=6 - score)).json()["rejected"], 0)
        def seen(team="S/A"):
            value = w.by_group("it").get(team, {})
            return value.get("value"), value.get("stale")
        answer(4)
        answer(4, "B")
        w.wait_for(lambda: seen() == (4, False) and seen("S/B") == (4, False), "it is not computed")
        w.replace_script("it.lua", (MEAN % "it").replace("compute = function(g)",
                                                         f"compute = function(g) if g.s.mean == 2 then {body} end"))
        w.wait_until_current()
        answer(2)
        w.wait_for(lambda: w.script_info("it.lua")["state"] == state and seen() == (4, True),
                   lambda: f"{body}: {seen()}, {w.script_info('it.lua')}")
        self.assertEqual(seen("S/B"), (4, False), "nothing has come in for it")
        self.assertIn("stale: its script failed since", w.run("indicators", "it", "--level", "team").stdout)
        w.script("it.lua", MEAN % "it")
        w.wait_for(lambda: seen() == (2, False), lambda: f"it is not mended: {seen()}")
        answer(4)
        w.wait_for(lambda: seen() == (4, False), "it is not computed")

    def test_an_error_is_on_the_script_and_goes_when_all_is_well(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("it.lua", SCRIPT % "if g.s.mean > 4 then error 'too high' end return g.s.mean")
        w.start()
        def errors():
            catalogue = next(i for i in w.get("/v1/indicators").json()["indicators"] if i["id"] == "it")
            return catalogue["error"], w.script_info("it.lua")["error"]
        def answer(team, score):
            w.post("m", HEADING + rows(team, 6, a=score))
        for team in "AB":
            answer(team, 3)
        w.wait_for(lambda: len(w.values("it")) == 2, "it is not computed")
        for team in "AB":
            answer(team, 5)
            w.wait_for(lambda: w.by_group("it")[f"S/{team}"]["stale"], "it is not stale")
        for error in errors():
            self.assertIn("it.lua:5: too high", error)
        answer("A", 3)
        w.wait_for(lambda: not w.by_group("it")["S/A"]["stale"], "it is not computed")
        for error in errors():
            self.assertIn("it.lua:5: too high", error, "one group still fails")
        answer("B", 3)
        w.wait_for(lambda: errors() == (None, None), lambda: str(errors()))

    def test_a_result_stays_stale_while_its_script_is_tried_again(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("it.lua", SCRIPT % "while g.s.mean == 2 do end return g.s.mean")
        w.start()
        w.post("m", HEADING + rows("A", 6))
        w.wait_for(lambda: w.by_group("it").get("S/A"), "it is not computed")
        w.post("m", HEADING + rows("A", 6, a=2))
        w.wait_for(lambda: w.by_group("it")["S/A"]["stale"], "it is not stale")
        def is_over():
            self.assertTrue(w.by_group("it")["S/A"]["stale"], "it is not stale any more")
            return w.script_info("it.lua")["state"] == "quarantined"
        w.wait_for(is_over, "it is never given up")

    def test_an_input_that_is_stuck_makes_all_stale(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        derive = MEAN.replace('w.scale { "a", "b", min_answered = 1 }', "w.derive(function(r) %s return r.a end)")
        w.script("it.lua", derive % ("it", ""))
        w.start()
        w.post("m", HEADING + rows("A", 6))
        w.wait_for(lambda: w.by_group("it").get("S/A", {}).get("value") == 4, "it is not computed")
        w.replace_script("it.lua", derive % ("it", "if r.a == 2 then while true do end end"))
        w.post("m", HEADING + rows("B", 1, a=2))
        w.wait_for(lambda: w.by_group("it")["S/A"]["stale"], "it is not said")
        self.assertEqual(w.by_group("it")["S/A"]["value"], 4)

    def test_script_check_says_the_same_without_a_daemon(self):
        w = self.make()
        w.script("good.lua", MONITOR)
        w.script("syntax.lua", "local w = require 'wijzer'\nw.indicator { id = \n")
        w.script("hangs.lua", "while true do end")
        done = w.run("script", "check", w.scripts)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"good.lua +good +1 instrument\n")
        self.assertIn("syntax.lua:3:1: error: unexpected symbol near <eof> [syntax]", done.stdout)
        self.assertIn("hangs.lua:1:1: error: took too long [limit]", done.stdout)
        self.assertEqual(w.run("script", "check", w.scripts / "good.lua").returncode, 0)


if __name__ == "__main__":
    unittest.main()
