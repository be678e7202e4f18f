# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that fills up: whoever sends is told, the log says it once, and with room again everything goes on by itself.
The disk is a small tmpfs, which only root can mount."""
import os
import subprocess
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows

SIZE = 8 << 20
TEAMS = 2000

class FullDisk(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED, wijzer="min_group_size = 1\n")
        self.state = self.w.folder / "state"
        self.state.mkdir(mode=0o700)
        self.mount()
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.ballast = self.state / "ballast"

    def mount(self):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", self.state], capture_output=True,
                                 text=True) if os.getuid() == 0 else None
        if mounted is None or mounted.returncode != 0:
            message = f"SKIPPED: a small disk cannot be mounted here ({mounted.stderr.strip() if mounted else 'needs root'})"
            print(message, flush=True)
            self.skipTest(message)

    def finish(self, wijzer):
        try:
            if wijzer.process:
                self.assertEqual(wijzer.stop(), 0, wijzer.read_log())
        finally:
            if os.path.ismount(self.state):
                subprocess.run(["umount", self.state], check=True)
            super().finish(wijzer)

    def fill(self, leave=0):
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.room() - leave)

    def room(self):
        disk = os.statvfs(self.state)
        return disk.f_bavail * disk.f_bsize

    def status(self):
        return self.w.get("/v1/status").json()

    def assert_nothing_is_wrong(self):
        self.w.wait_until_current()
        status = self.status()
        for part in ("store", "engine", "uploads"):
            self.assertIsNone(status[part]["error"], part)
        shown = self.w.run("status").stdout
        self.assertNotIn("error", shown)
        self.assertNotIn("refused", shown)

    def test_the_version_of_a_script_is_kept_once_there_is_room(self):
        self.w.start()
        self.w.wait_until_current()
        self.fill()
        # So much that the pages that the store has free do not hold it.
        self.w.replace_script("mean.lua", MEAN % "another" + "-- much\n" * 50000)
        said = "the versions of the scripts that run are not kept for the next start"
        self.w.wait_for(lambda: said in self.w.read_log(), "it is not said")
        self.ballast.unlink()
        self.w.wait_for(lambda: "the versions of the scripts that run are kept again" in self.w.read_log(), "it is not tried again")
        self.assertEqual(self.w.read_log().count(said), 1)
        self.w.script("mean.lua", "x = (")
        self.w.kill()
        self.w.start()
        self.assertEqual(self.w.get("/v1/indicators/another").status, 200)

    def test_part_of_an_import_that_does_not_fit(self):
        self.w.start()
        export = HEADING + rows("A", 60000)
        self.fill(leave=len(export) + (3 << 20))
        answer = self.w.post("m", export)
        self.assertEqual(answer.status, 507)
        kept = answer.json()["accepted"]
        self.assertTrue(0 < kept < 60000, kept)
        self.assertIn("what was kept already is recognised", answer.json()["detail"])
        self.ballast.unlink()
        again = self.w.post("m", export).json()
        self.assertEqual((again["duplicate"], again["accepted"]), (kept, 60000 - kept))

    def test_an_upload_that_does_not_fit(self):
        self.w.start()
        self.fill()
        for _ in range(3):
            answer = self.w.post("m", HEADING + rows("A", 2000))
            self.assertEqual(answer.status, 507)
            self.assertIn("the disk is full", answer.json()["detail"])
        self.assertNotIn("the audit log could not be told", self.w.read_log())  # of what was not done
        self.assertEqual(self.w.read_log().count("uploads are refused, for they cannot be kept: No space left"), 1)
        self.assertIn("No space left", self.status()["uploads"]["error"])
        self.assertRegex(self.w.run("status").stdout, "uploads refused +No space left")
        self.ballast.unlink()
        self.assertEqual(self.w.post("m", HEADING + rows("A", 2000)).json()["accepted"], 2000)
        self.assertIn("uploads can be kept again", self.w.read_log())
        self.assert_nothing_is_wrong()

    def test_rows_that_do_not_fit(self):
        self.w.start()
        export = HEADING + rows("A", 20000)
        self.fill(leave=len(export) + (256 << 10))  # room for the upload, and hardly more
        answer = self.w.post("m", export)
        self.assertEqual((answer.status, answer.json()["accepted"]), (507, 0))
        self.assertIn("the disk is full", answer.json()["detail"])
        self.assertEqual(self.w.read_log().count("error: the store cannot be written: the disk is full"), 1)
        self.assertIn("the disk is full", self.status()["feeds"][0]["last_error"])
        self.assertRegex(self.w.run("status").stdout, "last document refused +m: the disk is full")
        self.assertEqual(self.status()["store"]["rows"], 0)
        self.ballast.unlink()
        self.assertEqual(self.w.post("m", export).json()["accepted"], 20000)
        self.assert_nothing_is_wrong()
        self.assertEqual(self.w.by_group("mean")["S/A"]["n"], 20000)

    def test_rows_that_fit_and_results_that_do_not(self):
        """A team for every row, so that its results take more room than the row does, and the second wave about as much
        as the first."""
        def wave(year):
            return HEADING + "".join(rows(f"T{i}-", 1, year=year) for i in range(TEAMS))

        self.w.start()
        self.w.wait_until_current()
        before = self.room()
        self.assertEqual(self.w.post("m", wave(2023)).json()["accepted"], TEAMS)
        self.w.wait_until_current()
        taken = before - self.room()
        self.fill(leave=len(wave(2025)) + taken // 2)
        self.assertEqual(self.w.post("m", wave(2025)).json()["accepted"], TEAMS)
        error = self.w.wait_for(lambda: self.status()["engine"]["error"], "the engine had room")
        self.assertIn("the disk is full", error)
        self.assertRegex(self.w.run("status").stdout, "engine error +the disk is full")
        status = self.status()
        self.assertEqual(status["store"]["rows"], 2 * TEAMS)
        self.assertGreater(status["engine"]["lag"], 0)
        self.ballast.unlink()
        self.w.wait_for(lambda: self.status()["engine"]["error"] is None, "the engine does not go on")
        self.assert_nothing_is_wrong()
        self.assertEqual(self.w.read_log().count("the engine tries again every 5 seconds"), 1)
        for year in (2023, 2025):
            school = self.w.values("mean", f"?level=school&period={year}")[0]
            self.assertEqual((school["value"], school["n"]), (4, TEAMS))
            teams, path = [], f"/v1/indicators/mean?level=team&period={year}&limit=1000"
            while path:
                page = self.w.get(path).json()
                teams += [(value["value"], value["n"]) for value in page["values"]]
                path = page["next"] and f"/v1/indicators/mean?level=team&period={year}&limit=1000&next={page['next']}"
            self.assertEqual(teams, [(4, 1)] * TEAMS)


if __name__ == "__main__":
    unittest.main()
