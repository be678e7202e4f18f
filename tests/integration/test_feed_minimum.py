# SPDX-License-Identifier: GPL-3.0-or-later
"""min_group_size of a feed: it holds for all that is shown of the feed's instrument, or of events, and for nothing else."""
import signal
import subprocess
import time
import unittest

from wijzer_daemon import BUILD, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin, rows

OTHER = "[feed n]\nplugin = survey\ninstrument = n\n"
EIGHT = FEED + "min_group_size = 8\n"

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", severity = "warning", raise = function(now) return now.value < 5 end,
  summary = { nl = "{group}: {value}", en = "{group}: {value}" } }
"""

STUDENTS = """
local w = require "wijzer"
w.indicator { id = "students", source = w.events {}, by = { "course" }, period = "day", inputs = { s = w.distinct "actor" },
  compute = function(g) return g.s.value end }
"""


def of_n(text):
    """The same of the other instrument."""
    return text.replace('id = "m"', 'id = "n"').replace('w.survey "m"', 'w.survey "n"')


class FeedMinimum(WijzerTest):
    def begin(self, feeds, wijzer="", **scripts):
        w = self.make(feeds=feeds, wijzer=wijzer)
        w.script("m.lua", MONITOR)
        w.script("n.lua", of_n(MONITOR))
        w.script("mean.lua", MEAN % "mean")
        w.script("other.lua", of_n(MEAN) % "other")
        for name, text in scripts.items():
            w.script(f"{name}.lua", text)
        return w.start()

    def post(self, w, feed, *teams):
        report = w.post(feed, HEADING + "".join(rows(*team) for team in teams)).json()
        self.assertEqual(report["rejected"], 0, report)
        w.wait_until_current()

    def withheld(self, w, indicator="mean"):
        return {group.removeprefix("S/"): value["withheld"] for group, value in w.by_group(indicator).items()}

    def adds_up(self, w):
        done = w.run("rebuild", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def edit(self, w, old, new):
        text = w.config.read_text()
        self.assertIn(old, text)
        w.config.write_text(text.replace(old, new))

    def hang_up(self, w, said):
        heard = len(w.read_log())
        w.process.send_signal(signal.SIGHUP)
        w.wait_for(lambda: said in w.read_log()[heard:], f"it does not say: {said}")

    def wait_for_alert(self, w, value):
        """That of team A tells this value, and in its summary too."""
        alert = lambda: next((a for a in w.get("/v1/alerts").json()["alerts"] if a["group"] == "S/A"), {"value": "none fires"})
        w.wait_for(lambda: alert()["value"] == value, lambda: f"the alert is {alert()}")
        self.assertEqual("4" in alert()["summary"]["en"], value == 4, alert())

    def test_it_holds_for_its_instrument_and_for_no_other(self):
        w = self.begin(EIGHT + OTHER)
        teams = ("A", 6), ("B", 8), ("C", 9), ("D", 12)
        self.post(w, "m", *teams)
        self.post(w, "n", *teams)
        expected = {"S": None, "A": "small_group", "B": "complementary", "C": None, "D": None}
        self.assertEqual(self.withheld(w), expected)
        self.assertEqual(set(self.withheld(w, "other").values()), {None})
        self.assertEqual(w.by_group("other")["S/A"]["n"], 6)
        small = w.by_group("mean", "?group=S/A")["S/A"]
        self.assertEqual((small["value"], small["n"], small["ci95"], small["extra"]), (None, None, None, None))
        csv = w.get("/v1/indicators/mean?format=csv&group=S/A").body.decode().splitlines()[1]
        self.assertTrue(csv.startswith('"S/A","team","2025",,,,,small_group,,'), csv)
        self.adds_up(w)
        self.post(w, "m", ("A", 8))
        self.assertEqual(set(self.withheld(w).values()), {None}, "eight are enough")

    def test_a_script_may_ask_for_more_and_gets_no_less(self):
        least = {"less": 6, "more": 10}
        scripts = {name: (MEAN % name).replace("by = {", f"min_group_size = {people}, by = {{") for name, people in least.items()}
        w = self.begin(EIGHT, **scripts)
        self.post(w, "m", ("A", 7), ("B", 9), ("C", 12), ("D", 15))
        self.assertEqual(self.withheld(w, "less")["A"], "small_group")
        self.assertEqual(self.withheld(w, "more")["B"], "small_group")
        self.assertEqual(w.by_group("less")["S/D"]["n"], 15)

    def test_of_several_feeds_of_an_instrument_the_most_is_asked_of_what_any_of_them_brought(self):
        w = self.begin(FEED + "min_group_size = 7\n" + "".join(
            f"[feed m{people or ''}x]\nplugin = survey\ninstrument = m\n" + (f"min_group_size = {people}\n" if people else "")
            for people in (9, 6, None)))
        for feed, team in (("m", "A"), ("m9x", "B"), ("m6x", "C"), ("mx", "D")):
            self.post(w, feed, (team, 8))
        self.post(w, "mx", ("E", 9), ("F", 9))
        self.assertEqual({team: why for team, why in self.withheld(w).items() if team in "ABCD"},
                         dict.fromkeys("ABCD", "small_group"))

    def test_a_group_that_is_too_small_for_its_feed_stays_withheld_where_answers_wait(self):
        w = self.begin(EIGHT + OTHER, wijzer="min_change = 3\n")
        self.post(w, "m", ("A", 6), ("B", 12))  # of a wave that has ended: nothing waits any more
        self.post(w, "n", ("A", 6), ("B", 12))
        self.assertEqual(self.withheld(w)["A"], "small_group")
        self.assertEqual(set(self.withheld(w, "other").values()), {None})
        self.adds_up(w)

    def test_where_answers_wait_a_raised_one_withholds_what_was_shown_and_what_would_give_it_away(self):
        for date in ("2025-10-01", time.strftime("%Y-%m-%d")):  # of a wave that has ended, and of one that runs
            with self.subTest(date):
                w = self.begin(FEED, wijzer="min_change = 3\n")
                w.post("m", (HEADING + rows("A", 6) + rows("B", 12) + rows("C", 9)).replace("2025-10-01", date))
                w.wait_until_current()
                self.assertEqual(set(self.withheld(w).values()), {None})
                self.edit(w, "instrument = m\n", "instrument = m\nmin_group_size = 8\n")
                self.hang_up(w, "ready on")
                w.wait_until_current()
                self.assertEqual(self.withheld(w), {"S": None, "A": "small_group", "B": None, "C": "complementary"})
                self.adds_up(w)

    def test_of_events_it_holds_for_all_of_them(self):
        feeds = "[feed lms]\nplugin = event_lines\n[feed vle]\nplugin = event_lines\nmin_group_size = 3\n"
        w = self.make(feeds=feeds + FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        (w.folder / "plugins" / "survey.so").symlink_to(BUILD / "plugins" / "survey.so")
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("students.lua", STUDENTS)
        w.start()
        for number, feed in enumerate(("lms", "vle")):
            lines = (f"{100 * number + i:032x}\tp{i % people}\tread\tbook\t{1795000000000 + i}\t{feed}{people}\t\n"
                     for people in (2, 3) for i in range(10 * people, 10 * people + 6))
            self.assertEqual(w.post(feed, "".join(lines)).json()["accepted"], 12)
        self.post(w, "m", ("A", 2))
        shown = {group: (value["withheld"], value["value"]) for group, value in w.by_group("students").items()}
        self.assertEqual(shown, {f"{feed}{people}": ("small_group", None) if people < 3 else (None, 3)
                                 for feed in ("lms", "vle") for people in (2, 3)})
        self.assertIsNone(self.withheld(w)["A"], "a survey is no event")

    def test_a_changed_one_takes_effect_without_a_restart_and_with_one(self):
        w = self.begin(FEED + OTHER, alert=ALERT)
        teams = ("A", 6), ("B", 12)
        self.post(w, "m", *teams)
        self.post(w, "n", *teams)
        self.wait_for_alert(w, 4)
        self.edit(w, "instrument = m\n", "instrument = m\nmin_group_size = 8\n")
        self.hang_up(w, "ready on")
        w.wait_until_current()
        self.assertEqual(self.withheld(w)["A"], "small_group")
        self.assertEqual(set(self.withheld(w, "other").values()), {None})
        self.wait_for_alert(w, None)
        self.adds_up(w)

        w.stop()
        self.edit(w, "min_group_size = 8\n", "min_group_size = 6\n")
        w.start()
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/A"]["value"], 4)
        self.adds_up(w)

    def test_what_is_wrong_is_said_before_anything_starts(self):
        for wijzer, given, said in (
                ("", "4", "[feed m]: min_group_size is 4, and that of [wijzer] is 5, which a feed may raise and never lower; "
                          "remove the key, or take 5 or more"),
                ("min_group_size = 9\n", "8", "[feed m]: min_group_size is 8, and that of [wijzer] is 9"),
                ("", "0", "min_group_size = 0: a whole number from 1 to 1000 is wanted"),
                ("", "1001", "min_group_size = 1001: a whole number from 1 to 1000 is wanted"),
                ("", "many", "min_group_size = many: a whole number from 1 to 1000 is wanted")):
            w = self.make(feeds=FEED + f"min_group_size = {given}\n", wijzer=wijzer)
            line = w.config.read_text().splitlines().index(f"min_group_size = {given}") + 1
            for arguments in (["--check"], []):
                with self.subTest((wijzer, given, arguments)):
                    run = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, *arguments], capture_output=True,
                                         text=True, timeout=60)
                    self.assertEqual(run.returncode, 1)
                    self.assertIn(f"wijzer.conf:{line}: {said}", run.stderr)

    def test_the_same_as_that_of_all_is_taken(self):
        w = self.make(feeds=FEED + "min_group_size = 5\n")
        run = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_one_that_is_too_small_is_not_reloaded(self):
        w = self.begin(EIGHT)
        self.post(w, "m", ("A", 6), ("B", 12))
        self.edit(w, "min_group_size = 8\n", "min_group_size = 4\n")
        self.hang_up(w, "the running configuration stays")
        self.assertEqual(self.withheld(w)["A"], "small_group")


if __name__ == "__main__":
    unittest.main()
