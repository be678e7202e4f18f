# SPDX-License-Identifier: GPL-3.0-or-later
"""A script whose file is not seen for a moment is not gone: files that are replaced, and folders that are not there."""
import errno
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, NOBODY, SLOW, WijzerTest, rows

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", raise = function(now) return now.value < %s end,
  summary = { en = "{group}: {value}" } }
"""
FIRED = [("peace", "firing")]


class Away(WijzerTest):
    def begin(self, more=()):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("alert.lua", ALERT % 3)
        for name, text in more:
            w.script(name, text)
        w.start()
        w.post("m", HEADING + rows("Zorg", 6, a=2, b=4))
        w.wait_for(lambda: self.log(w) == FIRED, "it does not fire")
        w.wait_until_current()
        return w

    def log(self, w):
        return [(e["was"], e["state"]) for e in w.get("/v1/alerts/log").json()["entries"]]

    def assert_all_is_as_before(self, w):
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/Zorg"]["value"], 2)
        self.assertEqual(self.log(w), FIRED)

    def wait_until_read(self, w):
        w.wait_for(lambda: not w.get("/v1/scripts").json()["folders"], "the folder is not found again")

    def wait_until_unread(self, w):
        return w.wait_for(lambda: w.get("/v1/scripts").json()["folders"], "that the folder is not there is not said")

    def test_a_file_that_is_replaced_in_steps(self):
        w = self.begin()
        texts = {name: (w.scripts / name).read_text() for name in ("m.lua", "mean.lua", "alert.lua")}
        loaded = {name: w.script_info(name)["loaded_at"] for name in texts}
        for name in texts:
            (w.scripts / name).unlink()
        w.wait_for(lambda: all((w.script_info(name) or {}).get("away") for name in texts), "it is not said")
        for name in texts:
            self.assertRegex(w.script_info(name)["away"], rf"^{name} is gone from /.*/scripts; what it declares goes too, unless "
                                                          "it is back in 3 seconds$")
            self.assertEqual((w.script_info(name)["state"], w.script_info(name)["error"]), ("active", None))
        self.assert_all_is_as_before(w)
        for name, text in texts.items():
            w.script(name, text)
        w.wait_for(lambda: not any(w.script_info(name)["away"] for name in texts), "they are not back")
        time.sleep(4)
        self.assert_all_is_as_before(w)
        self.assertEqual({name: w.script_info(name)["loaded_at"] for name in texts}, loaded, "nothing had changed")

    def test_a_file_that_comes_back_as_another(self):
        w = self.begin()
        (w.scripts / "alert.lua").unlink()
        w.wait_for(lambda: w.script_info("alert.lua")["away"], "it is not said")
        w.script("alert.lua", ALERT % 2.5)
        w.wait_for(lambda: not w.script_info("alert.lua")["away"], "it is not back")
        time.sleep(4)
        self.assert_all_is_as_before(w)

    def test_a_file_that_is_emptied_and_written(self):
        limit = 'local limit = require "limit"\n' + ALERT % "limit"
        w = self.begin(more=[("limit.lua", "return 3"), ("alert.lua", limit)])
        texts = {"mean.lua": MEAN % "mean", "limit.lua": "return 3", "alert.lua": limit}
        for name in texts:
            w.script(name, "")
        w.wait_for(lambda: all(w.script_info(name)["away"] for name in texts), "it is not said")
        self.assertIn("mean.lua is empty in /", w.script_info("mean.lua")["away"])
        w.kill()
        w.start()
        self.assert_all_is_as_before(w)
        for name, text in texts.items():
            w.script(name, text)
        w.wait_for(lambda: not any(w.script_info(name)["away"] for name in texts), "they are not back")
        self.assert_all_is_as_before(w)
        w.script("alert.lua", "")
        w.wait_for(lambda: self.log(w) == FIRED + [("firing", "resolved")], "the alert is not over")
        info = w.script_info("alert.lua")
        self.assertEqual((info["state"], info["away"], info["error"], info["alerts"]), ("active", None, None, 0))

    def test_a_file_that_is_gone_goes(self):
        w = self.begin()
        (w.scripts / "alert.lua").unlink()
        begin = time.monotonic()
        w.wait_for(lambda: not w.script_info("alert.lua"), "it stays")
        self.assertGreater(time.monotonic() - begin, 2.5)
        self.assertLess(time.monotonic() - begin, 6 * SLOW)
        w.wait_for(lambda: self.log(w) == FIRED + [("firing", "resolved")], "the alert is not over")

    def test_a_file_that_cannot_be_read_is_not_empty(self):
        unreadable = pathlib.Path("/sys/class/net/lo/speed")  # opens, says that it has 4096 bytes, and gives none
        try:
            unreadable.read_bytes()
            self.skipTest("SKIPPED: there is no file here of which reading fails")
        except OSError as error:
            if error.errno != errno.EINVAL:
                self.skipTest(f"SKIPPED: there is no file here of which reading fails: {error}")
        w = self.begin()
        link = w.folder / "link"
        link.symlink_to(unreadable)
        link.rename(w.scripts / "alert.lua")
        w.wait_for(lambda: w.script_info("alert.lua")["error"], "it is not said")
        self.assertEqual(w.script_info("alert.lua")["error"], "alert.lua: cannot be read: Invalid argument")
        time.sleep(4)
        self.assert_all_is_as_before(w)

    def test_a_helper_that_is_away_breaks_nobody(self):
        w = self.begin(more=[("limit.lua", "return 3"),
                             ("alert.lua", 'local limit = require "limit"\n' + ALERT % "limit")])
        (w.scripts / "limit.lua").unlink()
        w.wait_for(lambda: w.script_info("limit.lua")["away"], "it is not said")
        time.sleep(0.3)
        self.assertIsNone(w.script_info("alert.lua")["error"])
        w.script("limit.lua", "return 3")
        w.wait_for(lambda: not w.script_info("limit.lua")["away"], "it is not back")
        self.assertNotIn("limit", w.read_log())
        (w.scripts / "limit.lua").unlink()
        w.wait_for(lambda: w.script_info("alert.lua")["state"] == "failed", "who needs it is not told")
        self.assertIn("limit", w.script_info("alert.lua")["error"])
        self.assert_all_is_as_before(w)

    def test_a_file_with_another_name_is_live_within_a_second_or_so(self):
        w = self.begin()
        (w.scripts / "mean.lua").rename(w.scripts / "average.lua")
        begin = time.monotonic()
        w.wait_for(lambda: (w.script_info("average.lua") or {}).get("state") == "active", "it is not taken over")
        self.assertLess(time.monotonic() - begin, 2 * SLOW)
        w.wait_for(lambda: not w.script_info("mean.lua"), "the old name stays")
        self.assert_all_is_as_before(w)
        self.assertNotIn("declared", w.read_log())
        w.kill()
        w.start()
        self.assertIsNone(w.script_info("mean.lua"))
        self.assert_all_is_as_before(w)

    def test_a_folder_that_is_moved_away_and_back(self):
        w = self.begin()
        elsewhere = w.folder / "elsewhere"
        w.scripts.rename(elsewhere)
        folders = self.wait_until_unread(w)
        self.assertEqual([f["folder"] for f in folders], [str(w.scripts)])
        self.assertIn("No such file or directory", folders[0]["error"])
        time.sleep(4)
        self.assert_all_is_as_before(w)
        info = w.script_info("alert.lua")
        self.assertEqual((info["state"], info["error"]), ("active", None))
        self.assertEqual(info["away"], f"the folder {w.scripts} cannot be read: No such file or directory; what was loaded from it "
                                       "runs on")
        errors = w.get("/v1/status").json()["scripts"]["errors"]
        self.assertEqual([e["folder"] for e in errors], [str(w.scripts)])
        self.assertIn(str(w.scripts), w.run("status").stdout)
        elsewhere.rename(w.scripts)
        self.wait_until_read(w)
        w.script("mean.lua", MEAN % "another")
        w.wait_for(lambda: w.get("/v1/indicators/another").status == 200, "it is not watched any more")
        self.assertEqual(w.read_log().count("No such file or directory"), 1)
        self.assertIn(f"scripts folder {w.scripts} can be read again", w.read_log())

    def test_another_folder_in_its_place(self):
        w = self.begin()
        new, old = w.folder / "new", w.folder / "old"
        shutil.copytree(w.scripts, new)
        w.scripts.rename(old)
        new.rename(w.scripts)
        time.sleep(1)
        w.script("mean.lua", MEAN % "another")
        w.wait_for(lambda: w.get("/v1/indicators/another").status == 200, "the new folder is not watched")
        w.script("late.lua", MEAN % "late")
        w.wait_for(lambda: w.get("/v1/indicators/late").status == 200, "the new folder is not watched any more")

    def test_a_folder_that_comes_back_without_a_file(self):
        w = self.begin()
        w.scripts.rename(w.folder / "elsewhere")
        self.wait_until_unread(w)
        (w.folder / "elsewhere" / "alert.lua").unlink()
        (w.folder / "elsewhere").rename(w.scripts)
        self.wait_until_read(w)
        self.assertEqual(self.log(w), FIRED)
        w.wait_for(lambda: not w.script_info("alert.lua"), "it stays")

    def test_at_the_start_the_folder_is_not_there(self):
        w = self.begin()
        w.stop()
        w.scripts.rename(w.folder / "elsewhere")
        w.start()
        self.wait_until_unread(w)
        self.assert_all_is_as_before(w)
        time.sleep(4)
        self.assert_all_is_as_before(w)
        self.assertEqual(w.post("m", HEADING + rows("Zorg", 1, start=6, a=2, b=4)).json()["accepted"], 1)
        w.wait_for(lambda: w.by_group("mean")["S/Zorg"]["n"] == 7, "it does not compute")
        (w.folder / "elsewhere").rename(w.scripts)
        self.wait_until_read(w)
        self.assertIsNone(w.script_info("mean.lua")["away"])
        self.assert_all_is_as_before(w)

    def test_nor_any_folder_above_it(self):
        w = self.make(feeds=FEED)
        w.config.write_text(w.config.read_text().replace("scripts = scripts", "scripts = a/b/scripts"))
        w.start()
        self.wait_until_unread(w)
        for folder in ("a", "a/b", "a/b/scripts"):
            (w.folder / folder).mkdir()
            time.sleep(0.3)
        (w.folder / "a/b/scripts/m.lua").write_text(MONITOR)
        w.wait_for(lambda: w.script_info("m.lua"), "it is not found")
        shutil.rmtree(w.folder / "a")
        self.wait_until_unread(w)
        self.assertEqual(w.script_info("m.lua")["state"], "active")
        (w.folder / "a/b/scripts").mkdir(parents=True)
        self.wait_until_read(w)
        w.wait_for(lambda: not w.script_info("m.lua"), "the new folder does not have it")

    def test_a_file_is_in_its_place(self):
        w = self.begin()
        w.scripts.rename(w.folder / "elsewhere")
        w.scripts.write_text("")
        w.wait_for(lambda: "Not a directory" in self.wait_until_unread(w)[0]["error"], "it is not said")
        self.assert_all_is_as_before(w)
        w.scripts.unlink()
        (w.folder / "elsewhere").rename(w.scripts)
        self.wait_until_read(w)
        self.assert_all_is_as_before(w)

    def test_no_right(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start(wrapper=self.as_somebody(w))
        for _ in range(2):
            w.scripts.chmod(0)
            self.assertIn("Permission denied", self.wait_until_unread(w)[0]["error"])
            time.sleep(4)
            self.assertEqual(w.get("/v1/indicators/mean").status, 200)
            w.scripts.chmod(0o755)
            self.wait_until_read(w)
        w.script("mean.lua", MEAN % "another")
        w.wait_for(lambda: w.get("/v1/indicators/another").status == 200, "it is not watched any more")

    def as_somebody(self, w):
        """Root may read all, so for root it is somebody else."""
        if os.geteuid() != 0:
            return ()
        for path in (w.folder, w.scripts, w.config):
            os.chown(path, NOBODY, NOBODY)
        somebody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        if subprocess.run([*somebody, "test", "-x", BUILD / "bin" / "wijzerd"]).returncode:
            self.skipTest("SKIPPED: nobody but root can run what is built here")
        return somebody

    def test_the_first_folder_s_file_counts_while_that_is_away(self):
        w = self.make(feeds=FEED)
        w.config.write_text(w.config.read_text().replace("scripts = scripts", "scripts = scripts:more"))
        more = w.folder / "more"
        more.mkdir()
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "first")
        (more / "mean.lua").write_text(MEAN % "second")
        w.start()
        for _ in range(2):
            w.scripts.rename(w.folder / "elsewhere")
            self.wait_until_unread(w)
            (more / "more.lua").write_text(MEAN % "third")
            w.wait_for(lambda: w.get("/v1/indicators/third").status == 200, "the other folder is not looked at")
            (more / "more.lua").unlink()
            self.assertEqual(w.get("/v1/indicators/first").status, 200)
            self.assertEqual(w.get("/v1/indicators/second").status, 404)
            w.kill()
            w.start()
            self.assertEqual(w.get("/v1/indicators/first").status, 200)
            (w.folder / "elsewhere").rename(w.scripts)
            self.wait_until_read(w)
        (w.scripts / "mean.lua").unlink()
        w.wait_for(lambda: w.get("/v1/indicators/second").status == 200, "the second folder's file is not used")

    def test_killed_while_files_are_replaced(self):
        w = self.begin()
        for i in range(6):
            for name in ("mean.lua", "alert.lua"):
                (w.scripts / name).unlink()
            time.sleep(0.05 * i)
            w.kill()
            w.start()
            w.script("mean.lua", MEAN % "mean")
            w.script("alert.lua", ALERT % 3)
            w.wait_for(lambda: w.script_info("mean.lua") and not w.script_info("mean.lua")["away"], "it is not back")
            self.assert_all_is_as_before(w)


if __name__ == "__main__":
    unittest.main()
