# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of a script that ran last outlives a restart: a file that does not load, does not fit or is not there for
a moment takes nothing away, also where wijzerd was down meanwhile."""
import json
import shutil
import sqlite3
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", raise = function(now) return now.value < 3 end,
  summary = { en = "{group}: {value}" } }
"""
FIRED = [("peace", "firing")]


class Kept(WijzerTest):
    def begin(self, more=()):
        """A team whose alert fires."""
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("alert.lua", ALERT)
        for name, text in more:
            w.script(name, text)
        w.start()
        w.post("m", HEADING + rows("Zorg", 6, a=2, b=4))
        w.wait_for(lambda: self.log(w) == FIRED, "it does not fire")
        w.wait_until_current()
        return w

    def log(self, w):
        return [(e["was"], e["state"]) for e in w.get("/v1/alerts/log").json()["entries"]]

    def wait_for_state(self, w, file, state):
        w.wait_for(lambda: (w.script_info(file) or {}).get("state") == state,
                   lambda: f"{file} does not become {state}: {w.script_info(file)}")

    def assert_all_is_as_before(self, w, value=2):
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/Zorg"]["value"], value)
        self.assertEqual(self.log(w), FIRED)
        self.assertEqual([(a["group"], a["state"]) for a in w.get("/v1/alerts").json()["alerts"]], [("S/Zorg", "firing")])

    def restart(self, w, stop=None):
        (stop or w.kill)()
        w.start()

    def kept(self, w):
        """What the store holds, while no daemon runs."""
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as store:
            return dict(store.execute("SELECT key, body FROM document WHERE owner = 'kept script'"))

    def test_a_syntax_error_saved_before_a_restart(self):
        w = self.begin()
        for stop in (w.kill, w.stop):
            for name, text, said in (("mean.lua", MEAN % "mean" + "x = (", "mean.lua"),
                                     ("alert.lua", ALERT + "x = (", "alert.lua")):
                w.script(name, text)
                self.wait_for_state(w, name, "failed")
                self.restart(w, stop)
                self.wait_for_state(w, name, "failed")
                self.assertRegex(w.script_info(name)["error"], rf"^{said}:\d+: ")
                self.assert_all_is_as_before(w)
        # It is the version that ran that runs, not only its results.
        w.post("m", HEADING + rows("Zorg", 6, a=1, b=4))
        w.wait_for(lambda: w.by_group("mean")["S/Zorg"]["value"] == 1.5, "it does not compute")
        w.script("mean.lua", MEAN % "mean")
        w.script("alert.lua", ALERT)
        for name in ("mean.lua", "alert.lua"):
            self.wait_for_state(w, name, "active")
            self.assertIsNone(w.script_info(name)["error"])
        self.assert_all_is_as_before(w, value=1.5)

    def test_one_saved_while_wijzerd_was_down(self):
        w = self.begin()
        w.stop()
        w.script("mean.lua", "local w = require 'wijzer'\nw.indikator {}\n")
        w.script("m.lua", MONITOR + "error 'not today'")
        w.start()
        self.assertRegex(w.script_info("mean.lua")["error"], r"^mean\.lua:2: ")
        self.assertRegex(w.script_info("m.lua")["error"], r"^m\.lua:\d+: not today")
        self.assert_all_is_as_before(w)
        self.assertEqual(w.post("m", HEADING + rows("Zorg", 1, start=6)).json()["accepted"], 1)

    def test_one_that_never_comes_to_an_end(self):
        """As without a restart: its results stay."""
        w = self.begin()
        w.stop()
        w.script("mean.lua", "while true do end")
        w.start(wait=False)
        w.wait_for(w.answers, "wijzerd does not answer", 90)
        w.wait_for(lambda: w.script_info("mean.lua")["state"] == "quarantined", "it is tried for ever", 90)
        self.assert_all_is_as_before(w)

    def test_one_that_does_not_fit_the_others(self):
        w = self.begin(more=[("other.lua", MEAN % "other")])
        w.stop()
        w.script("mean.lua", MEAN % "mean" + (MEAN % "other").replace('local w = require "wijzer"', ""))
        w.start()
        self.wait_for_state(w, "mean.lua", "failed")
        self.assertIn("'other'", w.script_info("mean.lua")["error"])
        self.assertEqual(w.script_info("other.lua")["state"], "active")
        self.assert_all_is_as_before(w)

    def test_who_had_an_id_before_the_restart_has_it_behind_it(self):
        w = self.begin()
        w.stop()
        w.script("a.lua", MEAN % "mean")
        w.start()
        self.wait_for_state(w, "a.lua", "failed")
        self.assertIn("'mean'", w.script_info("a.lua")["error"])
        self.assertEqual(w.script_info("mean.lua")["state"], "active")

    def test_what_it_requires_is_part_of_it(self):
        needs = 'local limit = require "limit"\n' + ALERT.replace("now.value < 3", "now.value < limit")
        w = self.begin(more=[("limit.lua", "return 3"), ("alert.lua", needs)])
        w.stop()
        w.script("limit.lua", "return 3 +")
        w.start()
        self.assertRegex(w.script_info("alert.lua")["error"], r"limit\.lua:1: ")
        self.assert_all_is_as_before(w)
        w.post("m", HEADING + rows("Techniek", 6, a=2, b=4))
        w.wait_for(lambda: len(self.log(w)) == 2, "the alert that was kept is not judged")

    def test_it_is_written_when_it_changes_and_goes_with_its_file(self):
        w = self.begin()
        w.stop()
        first = self.kept(w)
        self.assertEqual(sorted(first), ["alert.lua", "m.lua", "mean.lua"])
        self.restart(w, lambda: None)
        w.wait_until_current()
        w.stop()
        self.assertEqual(self.kept(w), first)
        w.start()
        w.replace_script("mean.lua", MEAN % "mean" + "-- another\n")
        w.script("alert.lua", "x = (")
        self.wait_for_state(w, "alert.lua", "failed")
        w.wait_until_current()
        w.stop()
        second = self.kept(w)
        self.assertIn(b"-- another", second["mean.lua"])
        self.assertEqual(second["alert.lua"], first["alert.lua"])
        w.start()
        (w.scripts / "alert.lua").unlink()
        w.wait_for(lambda: not w.script_info("alert.lua"), "it stays")
        w.stop()
        self.assertEqual(sorted(self.kept(w)), ["m.lua", "mean.lua"])

    def test_a_file_that_went_while_wijzerd_was_down_is_gone(self):
        w = self.begin()
        w.stop()
        (w.scripts / "alert.lua").unlink()
        w.start()
        w.wait_for(lambda: not w.script_info("alert.lua"), "it stays")
        w.wait_for(lambda: self.log(w) == FIRED + [("firing", "resolved")], "the alert is not over")
        w.stop()
        self.assertEqual(sorted(self.kept(w)), ["m.lua", "mean.lua"])

    def test_a_file_of_a_folder_that_is_not_configured_any_more_is_gone(self):
        w = self.begin()
        w.stop()
        other = w.folder / "other"
        shutil.copytree(w.scripts, other)
        (other / "alert.lua").unlink()
        w.config.write_text(w.config.read_text().replace("scripts = scripts", "scripts = other"))
        w.start()
        self.assertIsNone(w.script_info("alert.lua"))
        w.wait_for(lambda: self.log(w) == FIRED + [("firing", "resolved")], "the alert is not over")
        self.assertEqual(w.by_group("mean")["S/Zorg"]["value"], 2)

    def test_what_is_kept_and_does_not_load_any_more_is_told_and_goes(self):
        w = self.begin()
        w.stop()
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as store:
            body = self.kept(w)["mean.lua"]
            # Of the same length, so that nothing else in it changes: as a newer wijzerd would refuse it.
            store.execute("UPDATE document SET body = ? WHERE key = 'mean.lua'", [body.replace(b"w.scale", b"w.skale")])
            store.execute("UPDATE document SET body = x'ff00' WHERE key = 'alert.lua'")
        store.close()
        w.script("mean.lua", "x = (")
        w.start()
        self.wait_for_state(w, "mean.lua", "failed")
        self.assertRegex(w.script_info("mean.lua")["error"], r"^mean\.lua:1: ")
        self.assertRegex(w.read_log(), r"script mean\.lua: the version that ran before does not run any more, and is not kept: "
                                       r"mean\.lua:\d+: ")
        self.assertIn("script alert.lua: the version that ran before cannot be read any more", w.read_log())
        self.assertEqual(w.script_info("alert.lua")["state"], "active")
        w.stop()
        self.assertEqual(sorted(self.kept(w)), ["alert.lua", "m.lua"])

    def test_killed_at_any_time(self):
        """Whatever was being kept when it was killed, the results and the alert are there at the next start."""
        w = self.begin()
        for i in range(12):
            w.script("mean.lua", MEAN % "mean" + f"-- {i}\n")
            time.sleep(0.03 * i)
            w.script("mean.lua", "x = (")
            w.kill()
            w.start()
            self.assertEqual(w.get("/v1/indicators/mean").status, 200)
            self.assert_all_is_as_before(w)

    def test_a_private_daemon_keeps_nothing_of_ours(self):
        w = self.begin()
        w.stop()
        before = self.kept(w)
        data = w.folder / "export.csv"
        data.write_text(HEADING + rows("Zorg", 6))
        done = w.run("script", "run", w.scripts / "mean.lua", "--data", data, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(json.loads(done.stdout))
        self.assertEqual(self.kept(w), before)
        w.start()


if __name__ == "__main__":
    unittest.main()
