# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer rebuild --check computes everything once more from the log, and finds whatever is not what it should be."""
import random
import sqlite3
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MONITOR, UnixConnection, WijzerTest, add_event_plugin, rows
import test_forget
from test_forget import ALERT, INDICATORS, row, script

COUNTS = ("inputs", "cells", "results", "skipped", "different")


class Rebuild(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED, wijzer="min_group_size = 1")
        w.script("m.lua", MONITOR)
        w.script("low.lua", ALERT)
        for name in INDICATORS:
            w.script(name + ".lua", script(name))
        return w.start()

    def check(self, w):
        answer = w.request("POST", "/v1/rebuild/check")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def change(self, w, *statements):
        w.wait_until_current()
        w.stop()
        database = sqlite3.connect(w.folder / "state" / "wijzer.db")
        with database:
            changed = sum(database.execute(statement).rowcount for statement in statements)
        database.close()
        w.start()
        w.wait_until_current()
        return changed

    def fill(self, w, seed=1):
        chance = random.Random(seed)
        for _ in range(3):
            w.post("m", HEADING + "".join(row(f"p{chance.randint(1, 60)}", chance.choice((2023, 2025)), chance.choice("ABC"),
                                              *(chance.randint(1, 5) for _ in range(3))) for _ in range(80)))

    def test_what_follows_the_log_is_what_the_log_says(self):
        w = self.begin()
        self.fill(w)
        w.request("POST", "/v1/forget", '{"id": "p7"}')
        found = self.check(w)
        # three inputs, in two waves, for a school and three teams
        self.assertEqual([found[key] for key in COUNTS], [3, 24, 24, 0, 0], found)
        before = {name: w.values(name) for name in INDICATORS}
        self.check(w)
        self.assertEqual({name: w.values(name) for name in INDICATORS}, before, "nothing is changed, not even the time")
        self.fill(w, 2)
        w.wait_until_current()
        self.assertEqual(self.check(w)["different"], 0)

    def test_a_store_that_is_empty(self):
        self.assertEqual(self.check(self.begin()), {**dict.fromkeys(COUNTS, 0), "differences": []})

    def test_whatever_was_changed_is_found(self):
        group = "(SELECT id FROM groups WHERE name = 'A')"
        period = "(SELECT id FROM period WHERE label = '2025')"
        number = "(SELECT id FROM indicator WHERE name = 'derived')"
        definition = "(SELECT min(id) FROM input)"
        other = f"(SELECT state FROM cell WHERE input = {definition} AND period <> {period} AND grp = {group})"
        cases = {
            "a cell": (f"UPDATE cell SET state = {other} WHERE input = {definition} AND period = {period} AND grp = {group}", "a cell of input"),
            "a cell that is gone": (f"DELETE FROM cell WHERE input = {definition} AND period = {period} AND grp = {group}", "a cell of input"),
            "a cell too many": ("INSERT INTO groups VALUES (99, 1, 'team', 'Z')", f"INSERT INTO cell SELECT input, period, 99, state FROM cell WHERE input = {definition} AND period = {period} AND grp = {group}", "group S/Z"),
            "a value": (f"UPDATE result SET value = value + 1e-12 WHERE indicator = {number} AND period = {period} AND grp = {group}", "the result of indicator derived, group S/A, period 2025"),
            "a count": (f"UPDATE result SET n = n + 1 WHERE indicator = {number} AND period = {period} AND grp = {group}", "the result of indicator derived, group S/A, period 2025"),
            "a result that is gone": (f"DELETE FROM result WHERE indicator = {number} AND period = {period} AND grp = {group}", "the result of indicator derived, group S/A, period 2025"),
        }
        w = self.begin()
        self.fill(w)
        w.wait_until_current()
        w.stop()
        good = (w.folder / "state" / "wijzer.db").read_bytes()
        w.start()
        for name, (*statements, said) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.change(w, *statements), len(statements))
                found = self.check(w)
                self.assertGreaterEqual(found["different"], 1, found)
                self.assertTrue(any(said in difference for difference in found["differences"]), found)
                w.stop()
                (w.folder / "state" / "wijzer.db").write_bytes(good)
                w.start()
                w.wait_until_current()
        self.assertEqual(self.check(w)["different"], 0)

    def test_events_and_windows(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.script("events.lua", test_forget.Forget.EVENTS + test_forget.Forget.EVENTS.replace('"events"', '"window"').replace('period = "day"', 'window = "28d"').replace("local w = require", "w = w or require"))
        w.start()
        people = ["a1", "a2", "a3"]
        w.post("lms", "".join(line for _, line in test_forget.Forget.events(self, people, 5)))
        w.wait_until_current()
        found = self.check(w)
        self.assertEqual(found["different"], 0, found)
        self.assertGreaterEqual(found["cells"], 8)
        self.change(w, "DELETE FROM cell WHERE input = (SELECT min(input) FROM cell) AND period = (SELECT min(period) FROM cell)")
        self.assertGreater(self.check(w)["different"], 0)

    def test_a_script_that_fails_is_said(self):
        w = self.begin()
        self.fill(w)
        w.wait_until_current()
        w.replace_script("mean.lua", script("mean").replace("return {", "error('no') return {"))
        w.wait_until_current()
        found = self.check(w)
        self.assertEqual((found["skipped"], found["different"]), (8, 0), found)

    def test_what_comes_in_meanwhile_is_followed_afterwards(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 20000))
        w.wait_until_current()
        answers = []
        self.at_the_same_time(lambda what: answers.append(what()), [
            (lambda: self.check(w)["different"],), (lambda: w.post("m", HEADING + rows("B", 5000)).json()["rejected"],)])
        self.assertEqual(answers, [0, 0])
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S"]["n"], 25000)
        self.assertEqual(self.check(w)["different"], 0)

    def test_a_stop_does_not_wait_for_its_end(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 20000))
        w.wait_until_current()
        connection = UnixConnection(w.socket)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/rebuild/check")
        self.assertEqual(w.stop(), 0)
        w.start()
        w.wait_until_current()
        self.assertEqual(self.check(w)["different"], 0)

    def test_the_command(self):
        w = self.begin()
        self.fill(w)
        run = w.run("rebuild", "--check")
        self.assertEqual((run.returncode, run.stdout), (0, "3 inputs with 24 cells, and 24 results: all are what the log says\n"), run)
        self.assertEqual(w.run("rebuild", "--check", "--format", "csv").stdout, "inputs,cells,results,skipped,different\n3,24,24,0,0\n")
        self.assertEqual(w.run("rebuild").returncode, 2)
        self.change(w, "UPDATE result SET n = n + 1 WHERE n = (SELECT max(n) FROM result)")
        run = w.run("rebuild", "--check")
        self.assertEqual(run.returncode, 1, run)
        self.assertIn("are not what the log says", run.stderr)


if __name__ == "__main__":
    unittest.main()
