# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that share code: require, a change that reaches whoever requires it, and errors in the right file."""
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, WijzerTest, rows

INDICATOR = """
local w = require "wijzer"
local helpers = require "helpers"
w.indicator { id = "%s", source = w.survey "m", by = { "team" }, inputs = { s = w.scale { "a", "b" } },
  compute = function(g) local scaled = helpers.scaled(g.s.mean) return scaled end }
"""

HELPERS = """
local numbers = require "numbers"
return { scaled = function(x) return x * numbers.factor end }
"""


class Require(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("numbers.lua", "return { factor = 10 }")
        w.script("helpers.lua", HELPERS)
        w.script("one.lua", INDICATOR % "one")
        w.script("two.lua", INDICATOR % "two")
        w.start()
        w.post("m", HEADING + rows("T", 6))
        w.wait_until_current()
        return w

    def value(self, w, indicator="one"):
        return w.values(indicator)[0]["value"]

    def error(self, w, file):
        return w.wait_for(lambda: w.script_info(file)["error"], f"{file} has no error")

    def test_a_change_reaches_whoever_requires_it_directly_or_not(self):
        w = self.begin()
        self.assertEqual([self.value(w, i) for i in ("one", "two")], [40, 40])
        w.script("numbers.lua", "return { factor = 100 }")
        w.wait_for(lambda: [self.value(w, i) for i in ("one", "two")] == [400, 400], "the change does not arrive")
        w.stop()
        w.start()
        w.wait_until_current()
        self.assertEqual(self.value(w), 400)

    def test_a_file_that_breaks_leaves_what_ran(self):
        w = self.begin()
        w.script("helpers.lua", HELPERS + "oops(")
        self.assertRegex(self.error(w, "one.lua"), r"^helpers\.lua:\d+: ")
        w.post("m", HEADING + rows("T", 10, a=5, b=1))
        w.wait_for(lambda: self.value(w) == 50, "what ran does not run on")
        w.script("helpers.lua", HELPERS)
        w.wait_for(lambda: not w.script_info("one.lua")["error"], "the error stays")
        (w.scripts / "numbers.lua").unlink()
        self.assertRegex(self.error(w, "one.lua"), r"^helpers\.lua:2: there is no module 'numbers'; a script can require")
        w.script("numbers.lua", "return { factor = 1 }")
        w.wait_for(lambda: self.value(w) == 5, "the file that came back is not seen")

    def test_errors_and_prints_name_the_file_they_are_in(self):
        w = self.begin()
        w.script("helpers.lua", HELPERS.replace("return x", "print('here', x) return x.y"))
        error = w.wait_for(lambda: w.get("/v1/indicators").json()["indicators"][0]["error"], "no error")
        self.assertRegex(error, r"^helpers\.lua:3: attempt to index a number value \(local 'x'\)\n  at helpers\.lua:3 in "
                                r".*\n  at one\.lua:5")
        for script in ("one.lua", "two.lua"):
            self.assertIn(f"script {script}: helpers.lua:3: here 4.0", w.read_log())

    def test_what_cannot_be_required(self):
        w = self.begin()
        for text, expected in (
            ('require "helpres"', r"x\.lua:1: there is no module 'helpres'"),
            ('require "../m"', r"x\.lua:1: there is no module '\.\./m'"),
            ('require "/etc/passwd"', r"x\.lua:1: there is no module '/etc/passwd'"),
            ('require("hel" .. "pers")', r"x\.lua:1: there is no module 'helpers'"),
            ('require "x"', r"x\.lua:1: x\.lua requires itself"),
            ('require "m"', r"m\.lua:3: w\.instrument in a file that another one requires would declare it twice"),
            ('pcall(require, "m") require "m"', r"m\.lua:3: w\.instrument in a file that another one requires"),
        ):
            w.script("x.lua", text)
            w.wait_for(lambda: __import__("re").search(expected, w.script_info("x.lua") and
                       w.script_info("x.lua")["error"] or ""), f"{text}: {w.script_info('x.lua')}")

    def test_each_script_has_its_own(self):
        w = self.begin()
        w.script("numbers.lua", "count = (count or 0) + 1 return { factor = count }")
        w.wait_for(lambda: [self.value(w, i) for i in ("one", "two")] == [4, 4], "they share a state")

    def test_an_endless_loop_in_a_required_file_is_found(self):
        w = self.begin()
        w.script("helpers.lua", HELPERS.replace("return x", "while true do end return x"))
        self.assertRegex(self.error(w, "one.lua"), r"^helpers\.lua:3: ")


if __name__ == "__main__":
    unittest.main()
