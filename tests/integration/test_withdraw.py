# SPDX-License-Identifier: GPL-3.0-or-later
"""A response that is taken back leaves every indicator, as if it had never been given."""
import json
import os
import statistics
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin

SHARE = """
local w = require "wijzer"
w.indicator { id = "high", source = w.survey "m", by = { "team" }, inputs = { s = w.share { "a", at_least = 4 }, d = w.derive(function(r) return r.a end) },
  compute = function(g) return { value = g.s.value, extra = { sd = g.d.sd } } end }
"""


class Withdraw(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.w.script("share.lua", SHARE)
        self.w.start()
        # b is turned round: the mean of a and 6 - b is a
        self.answers = {f"r{i}": i % 5 + 1 for i in range(12)}
        self.import_all("2024")
        self.import_all("2025")
        self.w.wait_until_current()

    def import_all(self, year):
        text = HEADING + "".join(f"{p},2025-10-01,{year},S,A,{a},{6 - a},1\n" for p, a in self.answers.items())
        return self.w.post("m", text, f"{year}.csv").json()

    def withdraw(self, respondent, wave="2025", feed="m"):
        return self.w.request("POST", f"/v1/feeds/{feed}/withdraw", json.dumps({"wave": wave, "respondent": respondent}))

    def assert_results_are_of(self, answers, year="2025"):
        self.w.wait_until_current()
        values = list(answers.values())
        found = self.w.by_group("mean", f"?level=team&period={year}")["S/A"]
        self.assertEqual(found["n"], len(values))
        self.assertAlmostEqual(found["value"], statistics.mean(values), places=9)
        found = self.w.by_group("high", f"?period={year}")["S/A"]
        self.assertAlmostEqual(found["value"], sum(v >= 4 for v in values) / len(values), places=9)
        self.assertAlmostEqual(found["extra"]["sd"], statistics.stdev(values), places=9)

    def test_results_follow(self):
        for gone in ("r3", "r9", "r0"):
            answer = self.withdraw(gone)
            self.assertEqual((answer.status, answer.json()["withdrawn"], answer.json()["quarantined"]), (200, 1, []))
            del self.answers[gone]
            self.assert_results_are_of(self.answers)
        self.assertEqual(self.w.get("/v1/status").json()["store"]["rows"], 21)
        self.assert_results_are_of({f"r{i}": i % 5 + 1 for i in range(12)}, "2024")  # the other wave is another response
        self.assertNotIn("r3", self.w.read_log())
        self.assertIn("feed m: a response of wave 2025 was withdrawn", self.w.read_log())

    def test_a_restart_keeps_it(self):
        self.withdraw("r3")
        self.w.kill()
        self.w.start()
        del self.answers["r3"]
        self.assert_results_are_of(self.answers)
        self.assertEqual(self.withdraw("r3").status, 404)

    def test_what_is_not_there_changes_nothing(self):
        before = self.w.get("/v1/status").json()["store"]["position"]
        answer = self.withdraw("nobody")
        self.assertEqual((answer.status, answer.json()["withdrawn"]), (404, 0))
        self.assertNotIn("nobody", answer.json()["detail"])
        answer = self.withdraw("r3", wave="2052")
        self.assertEqual((answer.status, answer.json()["detail"]), (404, "instrument 'm' has no wave '2052'; it has '2024', '2025'"))
        self.assertEqual(self.withdraw("r3", feed="n").status, 404)
        self.assertEqual(self.w.get("/v1/status").json()["store"]["position"], before)
        self.assert_results_are_of(self.answers)

    def test_a_file_that_holds_the_row_brings_it_back(self):
        self.withdraw("r3")
        again = self.import_all("2025")
        self.assertEqual((again["accepted"], again["duplicate"]), (1, 11))
        self.assert_results_are_of(self.answers)

    def test_what_is_no_withdrawal(self):
        for body in ("", "{", "[]", '{"wave": "2025"}', '{"wave": 2025, "respondent": "r1"}', '{"wave": "2025", "respondent": null}'):
            self.assertEqual(self.w.request("POST", "/v1/feeds/m/withdraw", body).status, 400, body)
        self.assertEqual(self.withdraw("").status, 422)
        self.assertEqual(self.withdraw("x" * 600).status, 422)
        self.assertEqual(self.withdraw("r1", wave="").status, 422)

    def test_it_is_for_administrators(self):
        if os.getuid() != 0:
            self.skipTest("only root can be another user")
        os.chmod(self.w.folder, 0o755)
        os.chmod(self.w.socket, 0o666)
        os.seteuid(65534)
        try:
            self.assertEqual(self.withdraw("r1").status, 403)
        finally:
            os.seteuid(0)
        self.assert_results_are_of(self.answers)

    def test_rows_in_the_quarantine_are_told(self):
        self.w.post("m", HEADING + "r3,2025-10-01,2025,S,A,9,2,1\nr4,2025-10-01,2025,S,A,9,2,1\n", "bad.csv")
        row = self.w.get("/v1/feeds/m/quarantine").json()["quarantine"][0]
        self.assertEqual(self.withdraw("r3").json()["quarantined"], [row["id"]])
        done = self.w.run("withdraw", "--feed", "m", "--wave", "2025", "r4")
        self.assertEqual((done.returncode, done.stdout), (0, "1 withdrawn, 0 not there\n"))
        self.assertIn(f"wijzer quarantine drop {row['id'] + 1} --feed m", done.stderr)

    def test_the_command(self):
        done = self.w.run("withdraw", "--feed", "m", "--wave", "2025", "r3")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "1 withdrawn, 0 not there\n", ""))
        # It has waited: the results are there.
        del self.answers["r3"]
        self.assertEqual(self.w.by_group("mean", "?level=team&period=2025")["S/A"]["n"], 11)
        done = self.w.run("withdraw", "--feed", "m", "--wave", "2025", input=" r4 \r\n\nr5\nr3\n")
        self.assertEqual((done.returncode, done.stdout), (1, "2 withdrawn, 1 not there\n"))
        del self.answers["r4"], self.answers["r5"]
        self.assert_results_are_of(self.answers)
        done = self.w.run("withdraw", "--feed", "m", "--wave", "2025", "-", "--format", "json", input="r6")
        self.assertEqual(json.loads(done.stdout), {"withdrawn": 1, "absent": 0})
        done = self.w.run("withdraw", "--feed", "m", "--wave", "1999", input="r7\nr8\n")
        self.assertEqual((done.returncode, done.stdout), (1, "0 withdrawn, 0 not there\n"))
        self.assertEqual(done.stderr.count("has no wave '1999'"), 1)  # it does not go on with a wave that is none
        for wrong in (("--feed", "m", "r1"), ("--wave", "2025", "r1"), ("--feed", "m", "--wave", "2025", "r1", "r2")):
            self.assertEqual(self.w.run("withdraw", *wrong).returncode, 2, wrong)


class Events(WijzerTest):
    def test_a_feed_of_events_has_none(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.start()
        answer = w.request("POST", "/v1/feeds/lms/withdraw", '{"wave": "2025", "respondent": "r1"}')
        self.assertEqual((answer.status, answer.json()["detail"]),
                         (422, "feed 'lms' is not that of an instrument, whose responses could be withdrawn"))


if __name__ == "__main__":
    unittest.main()
