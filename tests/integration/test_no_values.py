# SPDX-License-Identifier: GPL-3.0-or-later
"""Where `wijzer indicators ID` shows nothing, or not all, it says why: on standard error, for what it prints goes into other programs."""
import json
import time
import unittest

from test_command import StandIn
from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MONITOR, WijzerTest, add_event_plugin, rows

SCRIPT = """
local w = require "wijzer"
w.indicator { id = "%s", source = w.events { %s }, by = { %s }, %s,
  inputs = { events = w.count() }, compute = function(g) %s end }
"""
MONTH = 'period = "month"'
VALUE = "return g.events.value"


class NoValues(WijzerTest):
    def begin(self, **scripts):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        for name, of in scripts.items():
            w.script(f"{name}.lua", SCRIPT % (name, *of))
        return w.start()

    def post(self, w, *events):
        now = int(time.time() * 1000)
        w.post("lms", "".join(f"{i:032x}\ta{i}\tread\tbook\t{now + days * 86400000}\t{course}\t\n"
                              for i, (course, days) in enumerate(events)))
        w.wait_until_current()

    def assert_told(self, w, *arguments, told, printed=None):
        """`printed`: how many rows."""
        forms = {form: w.run("indicators", *arguments, "--format", form) for form in ("table", "csv", "json")}
        for form, shown in forms.items():
            with self.subTest(arguments=arguments, form=form):
                self.assertEqual((shown.returncode, shown.stderr), (0, told))
        if printed is not None:
            self.assertEqual(len(json.loads(forms["json"].stdout)["values"]), printed)
            self.assertEqual(len(forms["csv"].stdout.splitlines()), 1 + printed)

    def test_a_level_that_no_feed_makes_is_named_and_those_that_there_are(self):
        w = self.begin(f=("", '"klas"', MONTH, VALUE), g=("", '"klas", "jaar"', MONTH, VALUE), x=("", '"klas", "course"', MONTH, VALUE))
        self.assert_told(w, "f", told="wijzer: indicator f has no value: no group of level klas has come in, nor of any other\n", printed=0)
        self.post(w, ("C", 0), ("D", 0))
        self.assert_told(w, "f", told="wijzer: indicator f has no value: no group of level klas has come in; there are course\n", printed=0)
        self.assert_told(w, "g", told="wijzer: indicator g has no value: no group of level klas or jaar has come in; there are course\n")
        self.assert_told(w, "x", told="", printed=2)
        self.assert_told(w, "x", "--level", "klas",
                         told="wijzer: indicator x has no value: no group of level klas has come in; there are course\n")

    def test_what_does_not_count_is_told(self):
        w = self.begin(verb=('verb = "passed"', '"course"', MONTH, VALUE), old=("", '"course"', 'window = "7d"', VALUE),
                       ahead=("", '"course"', MONTH, VALUE))
        self.post(w, ("C", -300))
        self.assert_told(w, "verb", told="wijzer: indicator verb has no value: nothing that has come in for groups of level course "
                                         "counts in it\n")
        self.assert_told(w, "verb", "--period", "all", told="wijzer: indicator verb has no value: nothing that has come in for groups "
                                                            "of level course counts in it\n")
        self.assert_told(w, "old", told="wijzer: indicator old has no value: nothing of the last 7 days that has come in for groups of "
                                        "level course counts in it\n")
        self.assert_told(w, "verb", "--group", "C", told="wijzer: indicator verb has no value of what these options ask for\n")
        self.assert_told(w, "ahead", told="", printed=1)

    def test_what_is_dated_later_is_told(self):
        w = self.begin(ahead=("", '"course"', MONTH, VALUE))
        self.post(w, ("C", 400))
        self.assert_told(w, "ahead", told="wijzer: indicator ahead has no value of a period that has begun: what counts in it is dated "
                                          "later; --period all shows it\n", printed=0)
        self.assert_told(w, "ahead", "--level", "course", "--period", "all", told="", printed=1)

    def test_what_is_not_counted_yet_is_no_reason(self):
        w = self.make()
        idle = False
        daemon = StandIn(w.socket, {("GET", "/v1/indicators/f"): lambda: {"values": [], "next": None},
                                    ("GET", "/v1/indicators"): lambda: {"indicators": [{"id": "f", "levels": ["team"]}], "next": None},
                                    ("GET", "/v1/groups"): lambda: {"groups": [{"group": "T", "level": "team"}], "next": None},
                                    ("GET", "/v1/status"): lambda: {"engine": {"idle": idle, "waiting": 0}}})
        self.addCleanup(daemon.server_close)
        self.addCleanup(daemon.shutdown)
        self.assert_told(w, "f", told="wijzer: indicator f has no value yet: what has come in is still being counted\n", printed=0)
        idle = True
        self.assert_told(w, "f", told="wijzer: indicator f has no value: nothing that has come in for groups of level team counts in it\n")

    def test_an_indicator_that_failed_says_so_under_what_it_has(self):
        w = self.begin(f=("", '"course"', MONTH, 'if g.group == "D" then error("boom") end return 7'),
                       none=("", '"course"', MONTH, "\nerror 'boom'"))
        self.post(w, ("C", 0), ("D", 0))
        shown = w.run("indicators", "f")
        self.assertIn("C ", shown.stdout)
        self.assertRegex(shown.stderr, r"^wijzer: indicator f: f\.lua:4: boom\n")
        self.assertEqual(json.loads(w.run("indicators", "f", "--format", "json").stdout), w.get("/v1/indicators/f").json())
        self.assertRegex(w.run("indicators", "none").stderr, r"^wijzer: indicator none: none\.lua:5: boom\n")
        self.assertNotIn("has no value", w.run("indicators", "none").stderr)

    def test_a_survey_before_its_first_export(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR + """w.indicator { id = "mean", source = w.survey "m", by = { "team" },
          inputs = { s = w.item "a" }, compute = function(g) return g.s.mean end }""")
        w.start()
        self.assert_told(w, "mean", told="wijzer: indicator mean has no value: no group of level team has come in, nor of any other\n")
        w.post("m", HEADING + rows("T", 8))
        w.wait_until_current()
        self.assert_told(w, "mean", told="", printed=1)


if __name__ == "__main__":
    unittest.main()
