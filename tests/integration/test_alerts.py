# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts as a data team writes them and a dashboard sees them: raised, held, kept, resolved, withheld, restarted."""
import json
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", severity = "critical",
  title = { nl = "Laag", en = "Low" },
  raise = function(now, before) return now.value < 3 end,
  %s
  summary = { nl = "{group}: {value} ({change}) in {period}", en = "{group}: {value} ({change}) in {period}" } }
"""


class Alerts(WijzerTest):
    def begin(self, more="", script=None, indicator=MEAN % "mean"):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", indicator)
        w.script("alert.lua", script or ALERT % more)
        return w.start()

    def wave(self, w, team, score, year=2025, count=10):
        """The mean of everybody in the team is the score: of item a, and b reversed. Fewer than ten who all have the highest
        score, or the lowest, would be withheld."""
        report = w.post("m", HEADING + rows(team, count, a=score, b=6 - score, year=year).replace(
            "2025-10-01", f"{year}-10-01")).json()
        self.assertEqual(report["rejected"], 0, report)
        w.wait_until_current()

    def alerts(self, w, query=""):
        return {a["group"]: a for a in w.get("/v1/alerts" + query).json()["alerts"]}

    def state(self, w, group):
        return self.alerts(w).get(group, {}).get("state")

    def wait_for_state(self, w, group, state):
        w.wait_for(lambda: self.state(w, group) == state, f"{group} does not become {state}: {self.alerts(w)}")

    def log(self, w, group=None):
        entries = w.get("/v1/alerts/log").json()["entries"]
        self.assertEqual([e["seq"] for e in entries], sorted({e["seq"] for e in entries}))
        return [(e["was"], e["state"]) for e in entries if group in (None, e["group"])]

    def test_it_is_raised_says_why_and_is_resolved(self):
        w = self.begin()
        self.wave(w, "Zorg", 4, year=2023)
        self.wave(w, "Techniek", 4, year=2023)
        self.assertEqual(self.alerts(w), {})
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        alert = self.alerts(w)["S/Zorg"]
        self.assertEqual(alert["summary"], {"nl": "Zorg: 2 (-2) in 2025", "en": "Zorg: 2 (-2) in 2025"})
        self.assertEqual((alert["id"], alert["severity"], alert["value"], alert["before"], alert["n"]),
                         ("low", "critical", 2, 4, 10))
        self.assertNotIn("S/Techniek", self.alerts(w))
        self.assertNotIn("S", self.alerts(w), "the school is at another level")
        self.wave(w, "Zorg", 4)
        self.wait_for_state(w, "S/Zorg", "resolved")
        self.assertEqual(self.log(w), [("peace", "firing"), ("firing", "resolved")])

    def test_the_dutch_read_a_comma(self):
        w = self.begin(script=ALERT.replace("now.value < 3", "now.value < 3.3") % "")
        w.post("m", HEADING + rows("Zorg", 3, a=3, b=3) + rows("Zorg", 3, a=4, b=3, start=3))
        self.wait_for_state(w, "S/Zorg", "firing")
        summary = self.alerts(w)["S/Zorg"]["summary"]
        self.assertEqual(summary["nl"], "Zorg: 3,25 (geen waarde) in 2025")
        self.assertEqual(summary["en"], "Zorg: 3.25 (no value) in 2025")

    def test_hysteresis(self):
        w = self.begin("clear = function(now, before) return now.value > 3.6 end,")
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        w.post("m", HEADING + rows("Zorg", 10, a=3, b=2))  # 3.5: no longer raised, not yet clear
        w.wait_for(lambda: self.alerts(w)["S/Zorg"]["value"] == 3.5, "it was not judged again")
        self.assertEqual(self.state(w, "S/Zorg"), "firing")
        self.wave(w, "Zorg", 4)
        self.wait_for_state(w, "S/Zorg", "resolved")

    def test_it_holds_before_it_fires_and_time_moves_it_without_data(self):
        w = self.begin('hold = "2s", keep = "2s",')
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "pending")
        self.wait_for_state(w, "S/Zorg", "firing")
        self.wave(w, "Zorg", 4)
        w.wait_for(lambda: self.alerts(w)["S/Zorg"]["value"] == 4, "it was not judged again")
        self.assertEqual(self.state(w, "S/Zorg"), "firing", "it is kept")
        self.wait_for_state(w, "S/Zorg", "resolved")
        self.assertEqual(self.log(w), [("peace", "pending"), ("pending", "firing"), ("firing", "resolved")])

    def test_what_ends_while_pending_never_fires(self):
        w = self.begin('hold = "1h",')
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "pending")
        self.wave(w, "Zorg", 4)
        w.wait_for(lambda: not self.alerts(w), "it stays pending")
        self.assertEqual(self.log(w), [("peace", "pending"), ("pending", "peace")])

    def test_a_restart_changes_nothing(self):
        w = self.begin('hold = "3s",')
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "pending")
        since = self.alerts(w)["S/Zorg"]["since"]
        for how in (w.stop, w.kill):
            how()
            w.start()
            w.wait_until_current()
            alert = self.alerts(w)["S/Zorg"]
            if alert["state"] == "pending":
                self.assertEqual(alert["since"], since)
        self.wait_for_state(w, "S/Zorg", "firing")
        fired = self.alerts(w)["S/Zorg"]
        for how in (w.stop, w.kill):
            how()
            w.start()
            w.wait_until_current()
            self.assertEqual(self.alerts(w)["S/Zorg"], fired)
        self.assertEqual(self.log(w), [("peace", "pending"), ("pending", "firing")])

    def test_time_that_passes_while_nobody_runs_counts(self):
        w = self.begin('hold = "2s",')
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "pending")
        w.stop()
        time.sleep(2.1)
        w.start()
        self.wait_for_state(w, "S/Zorg", "firing")

    def test_a_small_group_is_never_told_of(self):
        w = self.begin()
        self.wave(w, "Zorg", 2, count=4)
        self.wave(w, "Techniek", 2, count=5)
        self.wave(w, "Big", 2)
        self.wait_for_state(w, "S/Big", "firing")
        self.assertEqual(list(self.alerts(w)), ["S/Big"], "Techniek and the school would give Zorg away")
        self.wave(w, "Zorg", 2, count=5)
        self.wait_for_state(w, "S/Zorg", "firing")
        self.wait_for_state(w, "S/Techniek", "firing")

    def test_what_is_withheld_from_now_on_is_not_told_any_more(self):
        w = self.begin()
        self.wave(w, "Zorg", 2, count=5)
        self.wait_for_state(w, "S/Zorg", "firing")
        w.stop()
        w.config.write_text(w.config.read_text().replace("[wijzer]\n", "[wijzer]\nmin_group_size = 6\n"))
        w.start()
        w.wait_for(lambda: self.alerts(w)["S/Zorg"]["value"] is None, "its value is still told")
        alert = self.alerts(w)["S/Zorg"]
        self.assertEqual(alert["state"], "firing", "on_no_value is keep")
        self.assertEqual((alert["n"], alert["summary"]["en"]), (None, "Zorg: no value (no value) in 2025"))

    def test_without_a_value(self):
        indicator = MEAN.replace("compute = function(g)", "compute = function(g) "
                                 "if g.s.mean == 5 then return w.no_value 'none' end") % "mean"
        for policy, expected in (("keep", "firing"), ("resolve", "resolved"), ("raise", "firing")):
            w = self.begin(f'on_no_value = "{policy}",', indicator=indicator)
            self.wave(w, "Zorg", 2)
            self.wait_for_state(w, "S/Zorg", "firing")
            self.wave(w, "Zorg", 5)
            w.wait_for(lambda: self.alerts(w)["S/Zorg"]["value"] is None, "it was not judged again")
            self.assertEqual(w.by_group("mean")["S/Zorg"]["reason"], "none")
            self.assertEqual(self.state(w, "S/Zorg"), expected, policy)
            w.stop()

    def test_the_script_sees_both_results(self):
        w = self.begin(script="""
local w = require "wijzer"
w.alert { id = "look", on = "mean", severity = "info", summary = "{path}",
  raise = function(now, before)
    print(now.group, now.level, now.period, now.value, now.n, now.ci95 and now.ci95[1], before and before.period,
      before and before.value)
    return false
  end }
""")
        self.wave(w, "Zorg", 2, year=2023)
        self.wave(w, "Zorg", 4)
        w.wait_for(lambda: "look" in w.read_log() or "S/Zorg team 2025 4" in w.read_log(), "it was not judged")
        self.assertRegex(w.read_log(), r"S/Zorg team 2025 4\.0 10 3\.62297\d* 2023 2\.0")
        self.assertRegex(w.read_log(), r"S/Zorg team 2023 2\.0 10 1\.62297\d* nil nil")

    def test_a_function_that_fails_says_where_and_leaves_it_as_it_was(self):
        w = self.begin()
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        w.script("alert.lua", ALERT.replace("now.value < 3", "now.valeu < 3") % "")
        rule = w.wait_for(lambda: next((r for r in w.get("/v1/alerts/rules").json()["rules"] if r["error"]), None),
                          "the error is not shown")
        self.assertRegex(rule["error"], r"^alert\.lua:5: a result has no 'valeu'; did you mean 'value'\?")
        self.assertEqual(self.state(w, "S/Zorg"), "firing")
        errors = w.get("/v1/status").json()["scripts"]["errors"]
        self.assertEqual([e["alert"] for e in errors], ["low"])
        self.assertIn("alert.lua:5:", w.run("alerts", "--rules").stdout)
        w.script("alert.lua", ALERT % "")
        w.wait_for(lambda: not w.get("/v1/alerts/rules").json()["rules"][0]["error"], "the error stays")

    def test_wrong_declarations_are_refused_with_their_line(self):
        w = self.begin()
        for wrong, expected in (
            ('hold = "3 days",', r"alert\.lua:3: w\.alert: 'hold' is a number with s, m, h, d or w behind it"),
            ('holdd = "3d",', r"alert\.lua:3: unknown key 'holdd' in w\.alert; did you mean 'hold'\?"),
            ('on_no_value = "ignore",', r"'on_no_value' is \"keep\", \"resolve\" or \"raise\", not \"ignore\""),
            ("clear = 3,", r"w\.alert needs 'clear', a function"),
        ):
            w.script("alert.lua", ALERT % wrong)
            error = w.wait_for(lambda: w.script_info("alert.lua")["error"], "no error")
            self.assertRegex(error, expected)
            w.script("alert.lua", ALERT % "")
            w.wait_for(lambda: not w.script_info("alert.lua")["error"], "the error stays")
        w.script("alert.lua", ALERT.replace("{change}", "{chnage}") % "")
        error = w.wait_for(lambda: w.script_info("alert.lua")["error"], "no error")
        self.assertRegex(error, r"'nl' of 'summary': there is no placeholder \{chnage\}; did you mean \{change\}\?")
        w.script("alert.lua", (ALERT % "").replace('"team"', '"teem"'))
        error = w.wait_for(lambda: "teem" in (w.script_info("alert.lua")["error"] or "") and
                           w.script_info("alert.lua")["error"], "no error")
        self.assertRegex(error, r"alert\.lua:3: alert 'low' is at level 'teem', which indicator 'mean' is not computed "
                                r"by; did you mean 'team'\?")

    BOTH = 'clear = function(now) return now.value < 5 end,'

    def rule(self, w):
        return w.get("/v1/alerts/rules").json()["rules"][0]

    def test_functions_that_contradict_each_other_are_told_and_raise_counts(self):
        w = self.begin(self.BOTH)
        self.wave(w, "Zorg", 4, year=2023)
        self.assertIsNone(self.rule(w)["error"])
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        said = "alert.lua:6: 'raise' and 'clear' are both true for S/Zorg; as long as they are, the alert goes on"
        self.assertIn(said, self.rule(w)["error"])
        self.assertIn(said, w.script_info("alert.lua")["error"])
        self.assertEqual([e["alert"] for e in w.get("/v1/status").json()["scripts"]["errors"]], ["low"])
        for score in (1, 2, 1):
            self.wave(w, "Zorg", score)
        self.wave(w, "Techniek", 2)
        self.wait_for_state(w, "S/Techniek", "firing")
        w.wait_until_current()
        self.assertEqual(self.log(w, "S/Zorg"), [("peace", "firing")], "it flaps")
        self.assertEqual(w.read_log().count("'raise' and 'clear' are both true"), 1)
        self.assertIn("warning: alert low: alert.lua:6: ", w.read_log())
        self.wave(w, "Zorg", 4)
        self.wait_for_state(w, "S/Zorg", "resolved")
        self.assertIn(said, self.rule(w)["error"], "the functions are as they were")
        w.script("other.lua", "x = 1")
        w.wait_for(lambda: w.script_info("other.lua"), "not loaded")
        self.assertIn(said, self.rule(w)["error"])
        w.replace_script("alert.lua", ALERT % "clear = function(now) return now.value > 3.5 end,")
        self.assertIsNone(self.rule(w)["error"])

    def test_one_that_fires_already_and_is_told_when_it_is_asked(self):
        """As where clear is right for a low value, and wrong for a lower one."""
        w = self.begin("clear = function(now) return now.value < 2 end,")
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        self.assertIsNone(self.rule(w)["error"])
        self.wave(w, "Zorg", 1)
        w.wait_for(lambda: "both true for S/Zorg" in (self.rule(w)["error"] or ""), "it is not said")
        self.assertEqual(self.state(w, "S/Zorg"), "firing")

    def test_a_function_that_fails_where_it_does_not_count_changes_nothing(self):
        w = self.begin("clear = function(now) if now.value < 3 then error 'oops' end return now.value > 3 end,")
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        self.assertIsNone(self.rule(w)["error"])
        self.wave(w, "Zorg", 1)
        w.wait_for(lambda: "oops" in (self.rule(w)["error"] or ""), "it is not said where it counts")
        self.assertEqual(self.state(w, "S/Zorg"), "firing")
        self.wave(w, "Zorg", 5)
        self.wait_for_state(w, "S/Zorg", "resolved")

    def test_a_clear_that_never_comes_to_an_end_takes_nobody_along(self):
        w = self.begin("clear = function(now) while now.value < 3 do end return true end,")
        self.wave(w, "Zorg", 4)
        w.post("m", HEADING + rows("Zorg", 10, a=2, b=4))
        w.wait_for(lambda: w.script_info("alert.lua")["state"] == "quarantined", "it is tried for ever")
        self.assertRegex(w.script_info("alert.lua")["error"], r"alert\.lua:6: ")
        self.assertEqual(w.by_group("mean")["S/Zorg"]["value"], 2)

    def test_an_alert_that_goes_is_over(self):
        w = self.begin()
        self.wave(w, "Zorg", 2)
        self.wait_for_state(w, "S/Zorg", "firing")
        (w.scripts / "alert.lua").unlink()
        w.wait_for(lambda: not self.alerts(w), "it stays")
        self.assertEqual(self.log(w)[-1], ("firing", "resolved"))

    def test_an_alert_waits_for_its_indicator(self):
        w = self.begin(script=(ALERT % "").replace('"mean"', '"later"'))
        self.assertIn("no script declares indicator 'later'; the alert waits for it",
                      w.wait_for(lambda: w.get("/v1/alerts/rules").json()["rules"], "no rule")[0]["error"])
        self.wave(w, "Zorg", 2)
        w.script("later.lua", MEAN % "later")
        self.wait_for_state(w, "S/Zorg", "firing")
        self.assertIsNone(w.get("/v1/alerts/rules").json()["rules"][0]["error"])

    def test_lists_are_filtered_and_paged(self):
        w = self.begin()
        for team in "ABCDE":
            self.wave(w, team, 2)
        w.wait_for(lambda: len(self.alerts(w)) == 5, "not all fire")
        seen, query = [], "?limit=2"
        while query:
            page = w.get("/v1/alerts" + query).json()
            seen += [a["group"] for a in page["alerts"]]
            query = f"?limit=2&next={page['next']}" if page["next"] else ""
        self.assertEqual(sorted(seen), [f"S/{team}" for team in "ABCDE"])
        self.assertEqual(list(self.alerts(w, "?group=S/C")), ["S/C"])
        self.assertEqual(self.alerts(w, "?severity=info"), {})
        self.assertEqual(self.alerts(w, "?state=pending"), {})
        self.assertEqual(w.get("/v1/alerts?state=burning").status, 400)
        log = w.get("/v1/alerts/log?limit=3").json()
        self.assertEqual(len(log["entries"]), 3)
        rest = w.get(f"/v1/alerts/log?after={log['position']}").json()["entries"]
        self.assertEqual(len(rest), 2)
        self.assertGreater(rest[0]["seq"], log["entries"][-1]["seq"])
        table = w.run("alerts", "--state", "firing")
        self.assertEqual(table.stdout.count("firing"), 5, table.stdout + table.stderr)
        self.assertEqual(len(json.loads(w.run("alerts", "--log", "--format", "json").stdout)["entries"]), 5)


if __name__ == "__main__":
    unittest.main()
