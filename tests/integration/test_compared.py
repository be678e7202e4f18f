# SPDX-License-Identifier: GPL-3.0-or-later
"""g.previous, g.parent, g.peers and g:children(level): what a group is compared with, kept current and private."""
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, WijzerTest, rows

INDICATOR = """
local w = require "wijzer"
w.indicator { id = "x", source = w.survey "m", by = { "school", "team" }, inputs = { s = w.scale { "a", "b" } },
  compute = function(g) %s end }
"""


class Compared(WijzerTest):
    def begin(self, body):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("x.lua", INDICATOR % body)
        return w.start()

    def post(self, w, *teams, year=2025):
        """Each team: its name, its score, how many people."""
        text = "".join(rows(team, count, a=score, b=6 - score, year=year) for team, score, count in teams)
        self.assertEqual(w.post("m", HEADING + text.replace("2025-10-01", f"{year}-10-01")).json()["rejected"], 0)
        w.wait_until_current()

    def error(self, w):
        return w.wait_for(lambda: next(i["error"] for i in w.get("/v1/indicators").json()["indicators"]), "no error")

    def test_a_group_against_its_own_past(self):
        w = self.begin("return { value = g.s.mean, extra = { gain = g.previous and g.s.mean - g.previous.s.mean, "
                       "since = g.previous and g.previous.period } }")
        self.post(w, ("A", 2, 6), year=2021)
        self.post(w, ("A", 4, 6), ("B", 3, 6))
        values = w.by_group("x")
        self.assertEqual(values["S/A"]["extra"], {"gain": 2, "since": "2021"})
        self.assertEqual(values["S/B"]["extra"], {}, "B was not there before")
        self.post(w, ("A", 3, 6), year=2023)  # a wave in between comes in late
        self.assertEqual(w.by_group("x")["S/A"]["extra"], {"gain": 1, "since": "2023"})
        self.post(w, ("A", 1, 10), year=2023)
        self.assertEqual(w.by_group("x")["S/A"]["extra"], {"gain": 3, "since": "2023"})

    def test_a_group_among_others(self):
        w = self.begin("""
          local best = g.s.mean
          for _, peer in ipairs(g.peers) do best = math.max(best, peer.s.mean) end
          local inside = {}
          for i, team in ipairs(g:children "team") do inside[i] = team.group .. "=" .. team.s.mean end
          return { value = g.s.mean, extra = { best = best, inside = table.concat(inside, " "),
            around = g.parent and g.parent.group } }""")
        self.post(w, ("A", 2, 6), ("C", 5, 10), ("B", 3, 6))
        values = w.by_group("x")
        self.assertEqual(values["S/A"]["extra"], {"best": 5, "inside": "", "around": "S"})
        self.assertEqual(values["S"]["extra"]["inside"], "S/A=2.0 S/B=3.0 S/C=5.0")
        self.assertNotIn("around", values["S"]["extra"])
        self.post(w, ("C", 1, 10))
        values = w.by_group("x")
        self.assertEqual([values[f"S/{team}"]["extra"]["best"] for team in "ABC"], [3, 3, 3])
        self.post(w, ("D", 4, 6))
        values = w.by_group("x")
        self.assertEqual(values["S/A"]["extra"]["best"], 4)
        self.assertEqual(values["S"]["extra"]["inside"], "S/A=2.0 S/B=3.0 S/C=1.0 S/D=4.0")

    def test_a_restart_remembers_what_is_compared(self):
        w = self.begin("return { value = g.s.mean, extra = { peers = #g.peers } }")
        self.post(w, ("A", 2, 6), ("B", 3, 6))
        w.stop()
        w.start()
        self.post(w, ("C", 4, 6))
        self.assertEqual({g: v["extra"]["peers"] for g, v in w.by_group("x").items()},
                         {"S": 0, "S/A": 2, "S/B": 2, "S/C": 2})

    def test_what_is_withheld_is_not_there(self):
        w = self.begin("""
          local names = {}
          for i, team in ipairs(g:children "team") do names[i] = team.group end
          return { value = g.s.mean, extra = { teams = table.concat(names, " "), peers = #g.peers,
            before = g.previous and g.previous.s.mean } }""")
        self.post(w, ("A", 2, 4), ("B", 3, 6), year=2023)
        self.post(w, ("A", 2, 7), ("B", 3, 4), ("C", 4, 6))
        values = w.by_group("x")
        self.assertEqual(values["S"]["extra"], {"teams": "S/A", "peers": 0, "before": 2.6})
        self.assertEqual(values["S/A"]["extra"], {"teams": "", "peers": 0}, "of B and C, and of A's own past, nothing is seen")
        self.assertEqual([values[f"S/{team}"]["withheld"] for team in "BC"], ["small_group", "complementary"])
        self.post(w, ("B", 3, 6))
        values = w.by_group("x")
        self.assertEqual(values["S"]["extra"]["teams"], "S/A S/B S/C", "who is compared with them is computed anew")
        self.assertEqual(values["S/A"]["extra"]["peers"], 2)

    def test_what_is_not_there_says_so(self):
        for body, expected in (
            ("return g.level == 'team' and g.peers[1].peers and 1 or 1", r"x\.lua:4: a group that g is compared with has no 'peers' of its own"),
            ("return g.level == 'team' and g.peers[1].mean or 1", r"x\.lua:4: a group that g is compared with has no 'mean'; it has group, level, period, s"),
            ("return g:children('teams')[1].s.mean", r"x\.lua:4: g:children\(\"teams\"\): 'by' of the indicator does not"),
            ("return g:children()[1].s.mean", r"x\.lua:4: g:children\(level\) takes the name of a level"),
            ("return g.pears", r"x\.lua:4: g has no 'pears'; did you mean 'peers'\?"),
        ):
            w = self.begin(body)
            self.post(w, ("A", 2, 6), ("B", 3, 6))
            self.assertRegex(self.error(w), expected)
            w.stop()

    def test_a_pcall_does_not_hide_what_was_looked_at(self):
        w = self.begin("local good, peers = pcall(function() return g.peers end) return good and #peers or -1")
        self.post(w, ("A", 2, 6), ("B", 3, 6))
        self.assertEqual(w.by_group("x")["S/A"]["value"], 1)

    def test_what_was_kept_from_another_group_cannot_be_read(self):
        w = self.begin("kept = kept or #g.peers > 0 and g.peers or nil return { value = 1, extra = { m = kept and kept[1].s.mean } }")
        self.post(w, ("A", 2, 6), ("B", 3, 6), ("C", 3, 6))
        self.assertRegex(self.error(w), r"an input can only be read inside the compute that it was given to")


if __name__ == "__main__":
    unittest.main()
