# SPDX-License-Identifier: GPL-3.0-or-later
"""Indicators on events: counts, distinct actors, sums and rates by day, week, month, school year and window, held against
a recompute by Python's own calendar."""
import collections
import datetime
import random
import time
import unittest
import zoneinfo

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, WijzerTest, add_event_plugin

SCRIPT = """
local w = require "wijzer"
w.indicator { id = "%s", source = w.events { %s }, by = { "course" }, %s,
  inputs = { students = w.distinct "actor", events = w.count(), minutes = w.sum "duration", objects = w.distinct "object",
    daily = w.rate(), each = w.rate "actor", done = w.count { verb = "completed" } },
  compute = function(g) return { value = g.students.value, extra = { events = g.events.value, n = g.events.n,
    minutes = g.minutes.value, mean = g.minutes.mean, most = g.minutes.max, objects = g.objects.value, daily = g.daily.value,
    each = g.each.value, done = g.done.value, rate = g.events.rate, before = g.previous and g.previous.events.value } } end }
"""

try:
    AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
except zoneinfo.ZoneInfoNotFoundError:
    AMSTERDAM = None


def label_of(kind, day):
    if kind == "day":
        return day.isoformat()
    if kind == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if kind == "month":
        return f"{day:%Y-%m}"
    year = day.year if day.month >= 8 else day.year - 1
    return f"{year}-{year + 1}"


def days_in(kind, day):
    if kind == "month":
        return ((day.replace(day=1) + datetime.timedelta(32)).replace(day=1) - day.replace(day=1)).days
    if kind == "school_year":
        year = day.year if day.month >= 8 else day.year - 1
        return (datetime.date(year + 1, 8, 1) - datetime.date(year, 8, 1)).days
    return {"day": 1, "week": 7}[kind]


class Events(WijzerTest):
    def begin(self, **scripts):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        for name, text in scripts.items():
            w.script(name + ".lua", text)
        return w.start()

    def event(self, number, actor="a", verb="read", thing="book", at=0, course="C", minutes=""):
        return f"{number:032x}\t{actor}\t{verb}\t{thing}\t{at}\t{course}\t{minutes}\n"

    def post(self, w, *lines):
        report = w.post("lms", "".join(lines)).json()
        w.wait_until_current()
        return report

    def at(self, *moment):
        return int(datetime.datetime(*moment, tzinfo=datetime.timezone.utc).timestamp() * 1000)

    def test_what_an_indicator_on_events_offers(self):
        w = self.begin(x=SCRIPT % ("x", "", 'period = "week"'))
        monday = self.at(2026, 11, 23, 9)
        report = self.post(w, self.event(1, "ann", at=monday, minutes=30), self.event(2, "bob", at=monday, minutes=10.5),
                           self.event(3, "ann", "completed", "film", at=monday + 86400000),
                           self.event(4, "ann", at=monday - 7 * 86400000))
        self.assertEqual(report["accepted"], 4)
        values = {v["period"]: v for v in w.values("x", "?period=all")}
        self.assertEqual(values["2026-W48"]["value"], 2)
        self.assertEqual(values["2026-W48"]["extra"],
                         {"events": 3, "n": 2, "minutes": 40.5, "mean": 20.25, "most": 30, "objects": 2, "daily": 3 / 7,
                          "each": 1.5, "done": 1, "rate": 3 / 7, "before": 1})
        self.assertEqual(values["2026-W47"]["extra"]["events"], 1)
        self.assertNotIn("minutes", values["2026-W47"]["extra"], "nothing was measured")
        entry = w.get("/v1/indicators").json()["indicators"][0]
        self.assertEqual((entry["periods"], entry["instrument"]), ("week", None))

    def test_the_same_event_counts_once_and_another_of_its_id_is_refused(self):
        w = self.begin(x=SCRIPT % ("x", "", 'period = "day"'))
        one = self.event(1, "ann", at=self.at(2026, 11, 23, 9))
        self.assertEqual(self.post(w, one)["accepted"], 1)
        self.assertEqual(self.post(w, one)["duplicate"], 1)
        report = self.post(w, self.event(1, "bob", at=self.at(2026, 11, 23, 9)))
        self.assertEqual((report["accepted"], report["rejected"]), (0, 1))
        self.assertEqual(w.values("x")[0]["extra"]["events"], 1)

    def test_a_source_takes_only_what_it_asks_for(self):
        w = self.begin(x=SCRIPT % ("x", 'verb = "read", object = "book"', 'period = "day"'))
        noon = self.at(2026, 11, 23, 12)
        inputs = {i["name"]: (i["verb"], i["object"]) for i in w.get("/v1/indicators").json()["indicators"][0]["inputs"]}
        self.assertEqual((inputs["events"], inputs["done"]), (("read", "book"), ("completed", "book")))
        self.post(w, self.event(1, at=noon), self.event(2, verb="seen", at=noon), self.event(3, thing="film", at=noon),
                  self.event(4, verb="completed", at=noon))
        extra = w.values("x")[0]["extra"]
        self.assertEqual((extra["events"], extra["done"]), (1, 1), "an input's own verb goes before the source's")

    def test_n_counts_people_and_few_are_withheld(self):
        w = self.begin(x=SCRIPT % ("x", "", 'period = "day"'))
        w.stop()
        w.config.write_text(w.config.read_text().replace("min_group_size = 1", "min_group_size = 3"))
        w.start()
        noon = self.at(2026, 11, 23, 12)
        self.post(w, *(self.event(i, f"p{i % 2}", at=noon, course="few") for i in range(50)),
                  *(self.event(100 + i, f"p{i % 3}", at=noon, course="many", minutes=1 + i % 2) for i in range(50)))
        values = w.by_group("x")
        self.assertEqual(values["few"]["withheld"], "small_group", "fifty events of two people")
        self.assertEqual(values["many"]["n"], 3)

    DERIVED = """
local w = require "wijzer"
w.indicator { id = "x", source = w.events { verb = "read" }, by = { "course" }, period = "month",
  inputs = { all = w.derive(function(e) return %s end), sum = w.sum "duration" },
  compute = function(g) return { value = g.all.value or w.no_value "none", extra = { n = g.all.n, mean = g.all.mean,
    least = g.all.min, most = g.all.max, rate = g.all.rate, sum = g.sum.value } } end }
"""

    @unittest.skipUnless(AMSTERDAM, "Python has no time zones here")
    def test_a_function_makes_a_number_of_an_event(self):
        """The number is unlike for unlike verbs, objects, times and measures, and is held against Python's."""
        w = self.begin(x=self.DERIVED % "e.object ~= 'film' and #e.verb + 10 * #e.object + 100 * e.hour + 10000 * e.weekday "
                                        "+ (e.duration or 0.5) + e.time % 3600 / 3600 or nil")
        chance = random.Random(3)
        lines, expected, people = [], collections.defaultdict(list), collections.defaultdict(set)
        for number in range(400):  # over both nights on which the clocks change
            at = self.at(2026, 3, 29, 0) + chance.randrange(-7, 8) * 3600000 if number % 2 else \
                self.at(2025, 10, 26, 0) + chance.randrange(-7, 8) * 3600000
            at += chance.randrange(3600000)
            actor, thing = f"p{chance.randrange(9)}", chance.choice(["book", "a longer one", "film"])
            minutes = chance.choice(["", 0, 12.25, 90])
            verb = chance.choice(["read", "read", "seen"])
            lines.append(self.event(number, actor, verb, thing, at, minutes=minutes))
            local = datetime.datetime.fromtimestamp(at / 1000, AMSTERDAM)
            if verb == "read" and thing != "film":
                label = label_of("month", local.date())
                people[label].add(actor)
                expected[label].append(len(verb) + 10 * len(thing) + 100 * local.hour + 10000 * local.isoweekday()
                                       + (0.5 if minutes == "" else minutes) + at / 1000 % 3600 / 3600)
        chance.shuffle(lines)
        for begin in range(0, len(lines), 90):
            self.assertEqual(self.post(w, *lines[begin:begin + 90])["rejected"], 0)
        values = {v["period"]: v for v in w.values("x", "?period=all")}
        self.assertEqual(set(values), set(expected))
        for label, numbers in expected.items():
            self.assertAlmostEqual(values[label]["value"], sum(numbers), places=6)
            extra = values[label]["extra"]
            self.assertEqual(extra["n"], len(people[label]))
            for name, made in {"mean": sum(numbers) / len(numbers), "least": min(numbers), "most": max(numbers)}.items():
                self.assertAlmostEqual(extra[name], made, places=6)
        self.assertEqual(w.run("rebuild", "--check").returncode, 0)

    def test_a_function_sees_no_actor_and_says_what_an_event_has(self):
        w = self.begin(x=self.DERIVED % "e.actor")
        self.post(w, self.event(1, at=self.at(2026, 11, 23, 9)))
        error = w.get("/v1/indicators").json()["indicators"][0]["error"]
        self.assertIn("an event has no 'actor'", error)
        checked = w.run("script", "check", w.scripts / "x.lua")
        self.assertEqual(checked.returncode, 1)
        self.assertIn("an event has no 'actor'", checked.stdout + checked.stderr)

    def test_everybodys_same_number_is_withheld(self):
        w = self.begin(x=self.DERIVED % "e.duration > 5 and 1 or 0")
        w.stop()
        w.config.write_text(w.config.read_text().replace("min_group_size = 1", "min_group_size = 3"))
        w.start()
        noon = self.at(2026, 11, 23, 12)
        self.post(w, *(self.event(i, f"p{i}", at=noon, course="same", minutes=7 + i) for i in range(4)),
                  *(self.event(100 + i, f"p{i}", at=noon, course="unlike", minutes=4 + i) for i in range(4)))
        values = w.by_group("x")
        self.assertTrue(values["same"]["withheld"], "four people, of whom it would say one thing")
        self.assertEqual((values["unlike"]["value"], values["unlike"]["n"]), (2, 4))

    @unittest.skipUnless(AMSTERDAM, "Python has no time zones here")
    def test_every_calendar_against_pythons(self):
        kinds = ("day", "week", "month", "school_year")
        w = self.begin(**{kind: SCRIPT % (kind, "", f'period = "{kind}"') for kind in kinds})
        chance = random.Random(11)
        starts = [self.at(2024, 3, 30, 22), self.at(2024, 10, 26, 20), self.at(2024, 12, 29, 20), self.at(2025, 7, 31, 20),
                  self.at(2026, 3, 28, 20), self.at(2026, 12, 31, 20), self.at(2027, 1, 3, 20)]
        lines, expected = [], {kind: collections.Counter() for kind in kinds}
        days = {kind: {} for kind in kinds}
        for number in range(700):
            at = chance.choice(starts) + chance.randrange(10 * 3600 * 1000)
            lines.append(self.event(number, f"p{number % 9}", at=at))
            day = datetime.datetime.fromtimestamp(at / 1000, AMSTERDAM).date()
            for kind in kinds:
                expected[kind][label_of(kind, day)] += 1
                days[kind][label_of(kind, day)] = days_in(kind, day)
        chance.shuffle(lines)
        for i in range(0, 700, 100):
            self.post(w, *lines[i:i + 100])
        for kind in kinds:
            values = w.values(kind, "?period=all")
            self.assertEqual({v["period"]: v["extra"]["events"] for v in values}, dict(expected[kind]), kind)
            for value in values:
                self.assertAlmostEqual(value["extra"]["rate"], value["extra"]["events"] / days[kind][value["period"]], 12)
            self.assertEqual([v["period"] for v in values], sorted(v["period"] for v in values))

    def test_a_window_is_of_the_last_days(self):
        w = self.begin(x=SCRIPT % ("x", "", 'window = "3d"'))
        now, day = int(time.time() * 1000), 86400000
        self.post(w, self.event(1, "ann", at=now, minutes=1), self.event(2, "bob", at=now - day, minutes=2),
                  self.event(3, "ann", at=now - 2 * day, minutes=4), self.event(4, "old", at=now - 4 * day, minutes=8))
        value = w.values("x")[0]
        self.assertEqual((value["period"], value["value"], value["extra"]["minutes"]), ("3d", 2, 7))
        self.assertAlmostEqual(value["extra"]["rate"], 1)
        w.stop()
        w.start()
        self.post(w, self.event(5, "cas", at=now, minutes=16))
        self.assertEqual(w.values("x")[0]["extra"]["minutes"], 23)

    def test_what_is_dated_ahead_counts_there_and_hides_nothing(self):
        """As of a phone whose clock is years ahead."""
        w = self.begin(x=SCRIPT % ("x", "", 'period = "week"'), y=SCRIPT % ("y", "", 'window = "28d"'))
        now, far = int(time.time() * 1000), self.at(2091, 3, 4, 12)
        today = label_of("week", datetime.datetime.fromtimestamp(now / 1000, AMSTERDAM).date())
        self.assertEqual(w.get("/v1/status").json()["store"]["dated_ahead"], None)
        self.post(w, self.event(1, "ann", at=now), self.event(2, "ann", at=far), self.event(3, "bob", at=far),
                  self.event(4, "cas", at=far, course="D"))
        self.assertEqual([(v["group"], v["period"], v["value"]) for v in w.values("x")], [("C", today, 1)])
        self.assertEqual([(v["group"], v["value"]) for v in w.values("y") if v["value"]], [("C", 1)])
        self.assertEqual([(v["group"], v["period"], v["value"]) for v in w.values("x", "?period=all")],
                         [("C", today, 1), ("C", "2091-W09", 2), ("D", "2091-W09", 1)])
        self.assertEqual([v["value"] for v in w.values("x", "?period=2091-W09")], [2, 1])
        rows = w.get("/v1/indicators/x?format=csv").body.decode().splitlines()[1:]
        self.assertEqual([row.split(",")[:4] for row in rows], [['"C"', '"course"', f'"{today}"', "1"]])
        shown = w.run("indicators", "x")
        self.assertIn(today, shown.stdout)
        self.assertNotIn("2091", shown.stdout)
        self.assertIn("as far as 2091-W09", w.run("status").stdout)

    def test_a_script_that_comes_later_reads_all_that_was(self):
        w = self.begin(x=SCRIPT % ("x", "", 'period = "day"'))
        lines = [self.event(i, f"p{i % 7}", at=self.at(2026, 11, 20 + i % 4, 12), minutes=i) for i in range(300)]
        self.post(w, *lines)
        w.script("y.lua", SCRIPT % ("y", "", 'period = "day"'))
        w.wait_for(lambda: w.get("/v1/indicators/y").status == 200 and len(w.values("y", "?period=all")) == 4, "no values")
        w.wait_until_current()
        plain = [[{k: v for k, v in value.items() if k != "computed_at"} for value in w.values(i, "?period=all")] for i in "xy"]
        self.assertEqual(plain[0], plain[1])

    def test_a_backfill_delays_nothing_and_says_how_far_it_is(self):
        """A script that comes late and is slow to read all there is; meanwhile what comes in is shown."""
        w = self.begin(x=SCRIPT % ("x", "", 'period = "day"'))
        noon = self.at(2026, 11, 23, 12)
        for part in range(4):
            self.post(w, *(self.event(part * 5000 + i, f"p{i % 50}", at=noon, minutes=1 + i % 7) for i in range(5000)))
        w.script("late.lua", self.SLOW)
        w.wait_for(lambda: w.get("/v1/status").json()["engine"]["backfill"], "no backfill is told")
        seen, shown = [], []
        for number in range(20):
            backfill = w.get("/v1/status").json()["engine"]["backfill"]
            if not backfill:
                break
            seen.append(backfill["done"])
            begin = time.monotonic()
            w.post("lms", self.event(100000 + number, f"p{number}", at=noon))
            w.wait_for(lambda: w.values("x")[0]["extra"]["events"] == 20001 + number, "the event is not shown")
            shown.append(time.monotonic() - begin)
        self.assertGreater(len(seen), 2, "the backfill was over at once")
        self.assertTrue(0 <= seen[0] < seen[-1] < 1, seen)
        self.assertLess(min(shown), 1, shown)
        table = w.run("status").stdout
        if w.get("/v1/status").json()["engine"]["backfill"]:
            self.assertRegex(table, r"backfill +\d+ %")
        w.wait_until_current()
        self.assertIsNone(w.get("/v1/status").json()["engine"]["backfill"])
        self.assertEqual(w.values("late")[0]["value"], 20000 + len(shown))
        self.assertEqual(w.run("rebuild", "--check").returncode, 0)

    SLOW = """
local w = require "wijzer"
w.indicator { id = "late", source = w.events(), by = { "course" }, period = "day",
  inputs = { one = w.derive(function(e) local x = 0 for i = 1, 6000 do x = x + i % 7 end return x > 0 and 1 end) },
  compute = function(g) return g.one.value end }
"""

    def test_declarations_that_cannot_be(self):
        w = self.begin()
        good = SCRIPT % ("x", "", 'period = "week"')
        for text, expected in (
            (good.replace('period = "week"', 'period = "fortnight"'), r"'period' is \"day\", \"week\", \"month\" or \"school_year\""),
            (good.replace('period = "week"', 'unit = "x"'), r"w\.indicator of events needs 'period'"),
            (good.replace('period = "week"', 'period = "week", window = "3d"'), r"one of the two"),
            (good.replace('period = "week"', 'window = "36h"'), r"'window' is of whole days"),
            (good.replace("w.events {  }", 'w.survey "m"'), r"'period' is for events; the periods of a survey are its waves"),
            (good.replace("w.events {  }", 'w.survey "m"').replace('period = "week",', ""), r"which is for events, and the source is of a survey"),
            (good.replace("w.count()", 'w.item "a"'), r"input 'events' is made by w\.item, which is for surveys"),
            (good.replace('w.distinct "actor"', 'w.distinct "actors"'), r"w\.distinct counts different \"actor\", \"verb\" or \"object\""),
            (good.replace("verb =", "verbs ="), r"unknown key 'verbs' in w\.count; did you mean 'verb'\?"),
            (good.replace("g.events.n,", "g.events.mean,"), None),
        ):
            w.script("x.lua", text)
            if expected:
                error = w.wait_for(lambda: w.script_info("x.lua") and w.script_info("x.lua")["error"], text)
                self.assertRegex(error, r"^x\.lua:\d+: .*" + expected)
                (w.scripts / "x.lua").unlink()
                w.wait_for(lambda: not w.script_info("x.lua"), "it stays")
        self.post(w, self.event(1, at=self.at(2026, 11, 23, 9), minutes=1))
        error = w.wait_for(lambda: any(w.get("/v1/indicators").json()["indicators"]) and
                           w.get("/v1/indicators").json()["indicators"][0]["error"], "no error")
        self.assertRegex(error, r"g\.events has no 'mean'; it has n, value and rate")


if __name__ == "__main__":
    unittest.main()
