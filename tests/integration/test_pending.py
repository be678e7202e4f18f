# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a survey wait until so many people differ that nobody can see, from two looks, what one of them said."""
import http.client
import json
import threading
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest

TODAY = time.strftime("%Y-%m-%d")
LONG_AGO = "2020-03-01"
WAITS = "pending_change"
MANY = 100000  # more than a few batches, each of which is a commit of its own

# No two neighbours score the same, so that no number of a group is of people who all said one thing.
ANSWERS = [(5, 2), (3, 2), (4, 1), (4, 3), (2, 4)]

# For each of these rows the script is called, 2048 at a time, and it takes a while.
DERIVED = """
local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { "school", "team" },
  inputs = { d = w.derive(function(r) for _ = 1, 20000 do end return r.c end) }, compute = function(g) return g.d.mean end }
"""
FEW_CALLS = 6500

# Somebody of team A who scores as none of these do: whoever leaves and whoever comes would cancel out.
LOWEST = f"A{{}},{TODAY},2025,S,A,1,5,1\n"


def instrument(closes_after=None):
    said = "" if closes_after is None else f"closes_after = {closes_after}, "
    return MONITOR.replace('wave = "year", ', f'wave = "year", {said}')


def people(team, first, count, date=TODAY, year=2025):
    """Persons FIRST, FIRST + 1 ... of a team, whose answers go by their number."""
    lines = []
    for i in range(first, first + count):
        a, b = ANSWERS[i % len(ANSWERS)]
        lines.append(f"{team}{i},{date},{year},S,{team},{a},{b},1\n")
    return "".join(lines)


class Pending(WijzerTest):
    def begin(self, closes_after=14, wijzer="min_change = 3\n"):
        self.w = self.make(feeds=FEED, wijzer=wijzer)
        self.w.script("m.lua", instrument(closes_after))
        self.w.script("mean.lua", MEAN % "mean")
        self.w.start()

    def send(self, *parts, expected=None, name="document.csv"):
        answer = self.w.post("m", HEADING + "".join(parts), name).json()
        self.assertEqual(answer["rejected"], 0, answer)
        if expected is not None:
            self.assertEqual(answer["accepted"], expected, answer)
        self.w.wait_until_current()

    def shown(self, query="?period=2025"):
        """By group: how many people are shown, or why nothing is."""
        self.w.wait_until_current()
        found = {}
        for value in self.w.values("mean", query):
            self.assertEqual(value["n"] is None, value["withheld"] is not None, value)
            self.assertEqual(value["value"] is None, value["withheld"] is not None, value)
            self.assertEqual(value["computed_at"] is None, value["withheld"] is not None, value)
            found[value["group"].removeprefix("S/")] = value["withheld"] or value["n"]
        return found

    def waiting(self):
        return self.w.get("/v1/status").json()["engine"]["waiting"]

    def assert_adds_up(self):
        done = self.w.run("rebuild", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class OpenWave(Pending):
    def test_a_wave_that_comes_in_bit_by_bit(self):
        self.begin()
        self.send(people("A", 0, 12), people("B", 0, 3), expected=15)
        self.assertEqual(self.shown(), {"S": 12, "A": 12, "B": WAITS})
        self.assertEqual(self.waiting(), 1)
        self.assertRegex(self.w.run("status").stdout, r"(?m)^waiting +1 group waits for more answers")
        self.assertRegex(self.w.run("indicators", "mean").stdout, r"S/B .*withheld \(waits for more answers\)")
        self.assertIn("Answers of 1 group wait for others", self.w.run("indicators", "mean").stdout)
        csv = self.w.get("/v1/indicators/mean?format=csv&group=S/B").body.decode().splitlines()
        self.assertEqual(csv[1:], ['"S/B","team","2025",,,,,pending_change,,,false'])
        self.assert_adds_up()

        before = self.w.values("mean", "?period=all")
        self.send(people("A", 12, 1), expected=1)
        self.assertEqual(self.w.values("mean", "?period=all"), before, "one person's answer shows")
        self.assertEqual(self.waiting(), 2)
        self.assert_adds_up()

        self.send(people("A", 13, 2), expected=2)
        self.assertEqual(self.shown(), {"S": 15, "A": 15, "B": WAITS})
        self.assertEqual(self.waiting(), 1)
        self.assert_adds_up()

        self.send(people("B", 3, 2), expected=2)
        self.assertEqual(self.shown(), {"S": 20, "A": 15, "B": 5})
        self.assertEqual(self.waiting(), 0)
        self.assertNotIn("waiting", self.w.run("status").stdout)
        self.assert_adds_up()

    def test_an_answer_that_is_given_anew_waits_too(self):
        self.begin()
        self.send(people("A", 0, 12))
        before = self.w.values("mean")
        self.send(*(LOWEST.format(i) for i in range(2)))
        self.assertEqual(self.w.values("mean"), before, "what two people changed shows")
        self.send(LOWEST.format(2))
        after = self.w.by_group("mean")["S/A"]
        self.assertEqual(after["n"], 12)
        scores = [(a + 6 - b) / 2 for a, b in (ANSWERS[i % len(ANSWERS)] for i in range(3, 12))] + [1] * 3
        self.assertAlmostEqual(after["value"], sum(scores) / 12, places=9)
        self.assert_adds_up()

    def test_who_moves_and_says_the_same_is_nobody_new(self):
        """Three of each team change places, and one comes: whoever knows who moved would see what that one said."""
        self.begin()
        self.send(people("A", 0, 15), people("B", 0, 15))
        before = self.w.values("mean")
        # Those who go score 4.5, those who come 2: they do not cancel out.
        moved = [people("A", i, 1).replace(",S,A,", ",S,B,") for i in (0, 5, 10)]
        moved += [people("B", i, 1).replace(",S,B,", ",S,A,") for i in (4, 9, 14)]
        self.send(*moved, LOWEST.format(15))
        self.assertEqual(self.w.values("mean"), before)
        self.assert_adds_up()
        self.send(*(LOWEST.format(i) for i in range(16, 18)))
        self.assertEqual(self.w.by_group("mean")["S/A"]["n"], 18, "three came to A, whoever else moved")
        self.assert_adds_up()

    def test_a_response_that_is_taken_back_waits_too(self):
        self.begin()
        self.send(people("A", 0, 12))
        before = self.w.values("mean")
        for i in range(2):
            body = json.dumps({"wave": "2025", "respondent": f"A{i}"})
            self.assertEqual(self.w.request("POST", "/v1/feeds/m/withdraw", body).json()["withdrawn"], 1)
            self.w.wait_until_current()
            self.assertEqual(self.w.values("mean"), before, f"that {i + 1} were withdrawn shows")
        self.send(*(LOWEST.format(i) for i in range(12, 15)))
        self.assertEqual(self.shown(), {"S": 13, "A": 13})
        self.assertEqual(self.waiting(), 0)
        self.assert_adds_up()

    def test_a_restart_changes_nothing(self):
        self.begin()
        self.send(people("A", 0, 12), people("B", 0, 3))
        self.send(people("A", 12, 2))
        before = self.w.values("mean", "?period=all")
        for end in (self.w.stop, self.w.kill):
            end()
            self.w.start()
            self.w.wait_until_current()
            self.assertEqual(self.w.values("mean", "?period=all"), before)
            self.assertEqual(self.waiting(), 2)
            self.assert_adds_up()
        self.send(people("A", 14, 1), people("B", 3, 2))
        self.assertEqual(self.shown(), {"S": 20, "A": 15, "B": 5})
        self.assert_adds_up()

    def test_who_is_forgotten_is_gone_at_once(self):
        self.begin()
        self.send(people("A", 0, 15), people("B", 0, 5))
        self.assertEqual(self.shown(), {"S": 20, "A": 15, "B": 5})
        done = self.w.run("forget", input="A3\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.shown(), {"S": 19, "A": 14, "B": 5})
        self.assert_adds_up()

    def forget(self, person):
        done = self.w.run("forget", input=person + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.w.wait_until_current()

    def test_whoever_moved_and_is_forgotten_is_nowhere(self):
        """The move waits, in both teams, when the person goes."""
        self.begin()
        self.send(people("A", 0, 15))
        self.send(people("A", 3, 1).replace(",S,A,", ",S,B,"))
        self.assertEqual(self.shown(), {"S": 15, "A": 15, "B": WAITS})
        self.forget("A3")
        self.assertEqual(self.shown(), {"S": 14, "A": 14})
        self.assert_adds_up()

    def test_whoever_withdrew_and_is_forgotten_is_nowhere(self):
        self.begin()
        self.send(people("A", 0, 15))
        self.w.request("POST", "/v1/feeds/m/withdraw", json.dumps({"wave": "2025", "respondent": "A3"}))
        self.w.wait_until_current()
        self.assertEqual(self.shown(), {"S": 15, "A": 15})
        self.forget("A3")
        self.assertEqual(self.shown(), {"S": 14, "A": 14})
        self.assert_adds_up()

    def test_who_came_and_was_forgotten_opens_the_door_to_nobody(self):
        self.begin()
        self.send(people("A", 0, 15), people("B", 0, 1))
        self.forget("B0")
        self.assertEqual(self.shown(), {"S": 15, "A": 15})
        self.send(people("B", 1, 1))
        self.assertEqual(self.shown(), {"S": 15, "A": 15, "B": WAITS})
        self.assert_adds_up()

    def test_a_wave_that_has_only_begun_hides_no_result_of_the_one_before(self):
        self.begin()
        self.send(people("A", 0, 12, date=LONG_AGO, year=2020))
        self.send(people("A", 0, 2))
        self.assertEqual([(v["period"], v["n"]) for v in self.w.values("mean", "?group=S/A")], [("2020", 12)])
        self.assertEqual(self.shown(), {"S": WAITS, "A": WAITS})
        everything = self.w.values("mean", "?group=S/A&period=all")
        self.assertEqual([(v["period"], v["n"], v["withheld"]) for v in everything],
                         [("2020", 12, None), ("2025", None, WAITS)])
        self.assertIsNone(everything[1]["computed_at"])


class ClosedWave(Pending):
    def send_two_small_teams(self, **more):
        self.send(people("A", 0, 12, **more), people("B", 0, 3, **more), people("C", 0, 8, **more),
                  people("D", 0, 3, **more), expected=26)

    # B and D have six people together, of which nothing can be told apart.
    decided = {"S": 26, "A": 12, "B": "small_group", "C": 8, "D": "small_group"}

    def test_a_wave_of_long_ago_is_shown_as_it_is(self):
        self.begin()
        self.send_two_small_teams(date=LONG_AGO)
        self.assertEqual(self.shown(), self.decided)
        self.assertEqual(self.waiting(), 0)
        self.assert_adds_up()

    def test_it_is_what_one_moment_would_show(self):
        self.begin()
        texts = [people(team, 0, count, date=LONG_AGO) for team, count in zip("ABCDE", (12, 3, 8, 5, 6))]
        self.send(*texts)
        gradual = {g: {k: v for k, v in value.items() if k != "computed_at"}
                   for g, value in self.w.by_group("mean").items()}
        self.begin(wijzer="min_change = 1\n")
        self.send(*texts)
        at_once = {g: {k: v for k, v in value.items() if k != "computed_at"}
                   for g, value in self.w.by_group("mean").items()}
        self.assertEqual(gradual, at_once)

    def test_a_later_wave_closes_the_one_before(self):
        self.begin()
        self.send_two_small_teams()
        self.assertEqual(self.shown(), {"S": 20, "A": 12, "B": WAITS, "C": 8, "D": WAITS})
        self.send(people("A", 0, 12, year=2026))
        self.assertEqual(self.shown(), self.decided)
        self.assert_adds_up()

    def test_a_year_that_was_mistyped_closes_nothing(self):
        self.begin()
        self.send_two_small_teams()
        self.send(people("A", 50, 4, year=2052))
        self.assertEqual(self.shown(), {"S": 20, "A": 12, "B": WAITS, "C": 8, "D": WAITS})
        self.send(people("B", 3, 3), people("D", 3, 4))
        self.assertEqual(self.shown(), {"S": 33, "A": 12, "B": 6, "C": 8, "D": 7})
        self.assert_adds_up()

    def test_every_file_may_be_a_whole_wave(self):
        self.begin(closes_after=0)
        self.send_two_small_teams()
        self.assertEqual(self.shown(), self.decided)
        self.assert_adds_up()

    def test_one_person_who_comes_late_waits(self):
        self.begin()
        self.send_two_small_teams(date=LONG_AGO)
        before = self.w.values("mean")
        self.send(people("A", 12, 1, date=LONG_AGO), expected=1)
        self.assertEqual(self.w.values("mean"), before)
        self.assertEqual(self.waiting(), 1)
        self.assert_adds_up()


class Deliveries(Pending):
    def import_many(self, key=None, count=MANY):
        text = HEADING + people("A", 0, count)
        thread = threading.Thread(
            target=lambda: self.w.request("POST", "/v1/feeds/m?name=many.csv" + (f"&key={key}" if key else ""), text))
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def test_nothing_is_shown_of_half_a_file(self):
        self.begin()
        self.send(people("A", 0, 12))
        thread, seen = self.import_many(), set()
        while thread.is_alive():
            seen.add(self.w.by_group("mean")["S"]["n"])
        self.assertLessEqual(seen, {12, MANY})
        self.assertEqual(self.shown(), {"S": MANY, "A": MANY})

    def test_what_was_cut_short_waits_until_it_is_sent_again(self):
        self.begin()
        self.send(people("A", 0, 12))
        stored = lambda: self.w.get("/v1/status").json()["store"]["rows"]
        count, already = MANY // 2, 12
        while True:  # whoever stops it may come too late for a short one
            count *= 2
            thread = self.import_many(key="k", count=count)
            self.w.wait_for(lambda: stored() > already, "no import is under way")
            stopped = self.w.request("DELETE", "/v1/feeds/m/import?key=k").status == 200
            thread.join()
            self.w.wait_until_current()
            if stopped and stored() < count:
                break
            self.import_many(count=count).join()
            self.w.wait_until_current()
            already = count
        self.assertEqual(self.shown()["S"], already)
        self.assertEqual(self.waiting(), 1)
        self.import_many(count=count).join()
        self.assertEqual(self.shown(), {"S": count, "A": count})

    def test_a_document_of_which_nothing_is_taken_holds_nothing_back(self):
        """What a script that is saved only now adds up is shown at once."""
        self.w = self.make(feeds=FEED, wijzer="min_change = 3\n")
        self.w.script("m.lua", instrument())
        self.w.start()
        self.send(people("A", 0, 12))
        self.assertEqual(self.w.post("m", "no,such,columns\n1,2,3\n").status, 422)
        self.w.script("mean.lua", MEAN % "mean")
        self.w.wait_for(lambda: self.w.get("/v1/indicators/mean").status == 200 and self.shown() == {"S": 12, "A": 12},
                        "it is held back")

    def test_whatever_became_of_others_a_whole_file_is_shown(self):
        """Were the end of one of them not told, the instrument would be held back for ever."""
        self.begin()
        w = self.w
        self.assertEqual(w.post("m", "no,such,columns\n1,2,3\n").status, 422)
        self.assertEqual(w.post("m", HEADING).status, 200)
        self.assertEqual(w.request("POST", "/v1/feeds/m?name=d.csv&dry_run=1", HEADING + people("A", 0, 3)).status, 200)
        self.assertEqual(w.post("m", HEADING + people("A", 0, 3).replace(",5,2,", ",9,2,")).json()["rejected"], 1)
        self.assertEqual(w.request("POST", "/v1/feeds/m/quarantine/replay").json()["rejected"], 1)
        for respondent, wave in (("A1", "1999"), ("nobody", "2025"), ("", "2025"), ("A1", "2025")):
            w.request("POST", "/v1/feeds/m/withdraw", json.dumps({"wave": wave, "respondent": respondent}))
        (w.folder / "inbox" / "bad.csv").write_text("no,such,columns\n1,2,3\n")
        w.wait_for((w.folder / "inbox" / "failed" / "bad.csv").exists, "the file is not refused")
        self.send(people("A", 0, 12))
        self.assertEqual(self.shown(), {"S": 12, "A": 12})
        self.assertEqual(self.waiting(), 0)


class WhatScriptsAreCalledFor(Pending):
    """It is known later than the rest, and bit by bit."""

    def begin(self, beside=""):
        self.w = self.make(feeds=FEED, wijzer="min_change = 3\n")
        self.w.script("m.lua", instrument() + beside)
        self.w.script("derived.lua", DERIVED % "derived")
        self.w.start()

    def people(self, school, first, count):
        return "".join(f"{school}{i},{TODAY},2025,{school},A,{1 + i % 5},{1 + i % 4},{i % 3}\n"
                       for i in range(first, first + count))

    def derived(self):
        return {value["group"]: value["n"] for value in self.w.values("derived")}

    def test_it_waits_though_everything_that_is_known_elsewhere_is_released(self):
        self.begin(beside=MEAN % "mean")
        self.send(self.people("T", 0, 12))
        before = self.derived()
        self.assertEqual(before, {"T": 12, "T/A": 12})
        only_for_the_script = f"one,{TODAY},2025,T,A,,,5\n"
        self.send(self.people("S", 0, FEW_CALLS), only_for_the_script)
        self.assertEqual(self.derived(), {**before, "S": FEW_CALLS, "S/A": FEW_CALLS})
        self.assertEqual(self.waiting(), 1)
        self.assert_adds_up()

    def test_nothing_is_shown_of_half_of_it(self):
        self.begin(beside=MEAN % "mean")
        text = HEADING + self.people("S", 0, FEW_CALLS)
        thread, seen = threading.Thread(target=lambda: self.w.post("m", text)), set()
        thread.start()
        while thread.is_alive() or not self.w.is_current():
            seen |= set(self.derived().values())
        self.assertLessEqual(seen, {None, FEW_CALLS})
        self.assertEqual(self.derived(), {"S": FEW_CALLS, "S/A": FEW_CALLS})

    def test_it_is_held_after_a_start_too(self):
        self.begin()
        self.send(self.people("S", 0, 12))
        text = HEADING + self.people("S", 12, FEW_CALLS)
        thread = threading.Thread(target=self.post_until_it_is_killed, args=(text,))
        thread.start()
        self.w.wait_for(lambda: self.w.get("/v1/status").json()["store"]["rows"] > 12, "no import is under way")
        self.w.kill()
        thread.join()
        self.w.start()
        self.w.wait_until_current()
        self.assertEqual(self.derived(), {"S": 12, "S/A": 12})
        self.assertEqual(self.waiting(), 1)
        self.assert_adds_up()

    def post_until_it_is_killed(self, text):
        try:
            self.w.post("m", text)
        except (OSError, http.client.HTTPException):
            pass


class Configuration(Pending):
    def test_a_small_minimum_is_warned_of(self):
        for wijzer, warned in (("min_change = 3\n", False), ("min_change = 2\n", True), ("min_change = 1\n", True)):
            self.begin(wijzer=wijzer)
            self.assertEqual("whoever looks twice" in self.w.read_log(), warned, wijzer)

    def test_1_lets_nothing_wait(self):
        self.begin(wijzer="min_change = 1\n")
        self.send(people("A", 0, 12), people("B", 0, 3))
        self.send(people("A", 12, 1), people("C", 0, 6))
        self.assertEqual(self.waiting(), 0)
        self.assertNotIn(WAITS, self.shown().values())
        self.assertEqual(self.shown()["A"], 13)


if __name__ == "__main__":
    unittest.main()
