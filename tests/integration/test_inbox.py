# SPDX-License-Identifier: GPL-3.0-or-later
"""A watched folder, as people and file servers use it: nothing that is put there is lost, and nothing is passed over
in silence."""
import json
import os
import pathlib
import resource
import signal
import time
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, PATIENCE, SLOW, WijzerTest, rows

# Longer than a file that was closed is waited for: half a second, after another half in which events are gathered.
PAUSE = 1.5


class InboxTest(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.inbox = self.w.folder / "inbox"

    def start(self):
        self.w.start()

    def responses(self):
        return self.w.get("/v1/status").json()["store"]["rows"]

    def wait_until_done(self, name, folder="done"):
        report = self.inbox / folder / f"{name}.report.json"
        self.w.wait_for(report.exists, lambda: f"{name} is not in {folder}/")
        return json.loads(report.read_text())


class Folders(InboxTest):
    def test_one_that_cannot_be_made_is_told_with_its_feed(self):
        self.inbox.write_text("a file")
        self.assertNotEqual(self.w.start(wait=False).process.wait(PATIENCE), 0)
        self.w.process = None
        self.assertRegex(self.w.read_log(), r"wijzer\.conf:\d+: \[feed m\]: watch: the folder \S+/inbox/done could not be made: Not a directory")


class Copies(InboxTest):
    def write_with_pauses(self, file, seconds):
        """A heading and 40 rows in pieces that end in the middle of a row; the program keeps the file open."""
        text = HEADING + rows("A", 40)
        third = len(text) // 3
        for piece in (text[:third], text[third:2 * third], text[2 * third:]):
            self.assertEqual(list((self.inbox / "done").iterdir()) + list((self.inbox / "failed").iterdir()), [])
            file.write(piece)
            file.flush()
            time.sleep(seconds)
        file.close()

    def test_a_slow_copy_is_waited_for(self):
        self.start()
        self.write_with_pauses(open(self.inbox / "slow.csv", "w"), PAUSE)
        report = self.wait_until_done("slow.csv")
        self.assertEqual((report["accepted"], report["rejected"]), (40, 0))

    def test_a_slow_copy_that_began_before_the_start_is_waited_for(self):
        self.inbox.mkdir()
        file = open(self.inbox / "slow.csv", "w")
        self.start()
        self.write_with_pauses(file, PAUSE)
        report = self.wait_until_done("slow.csv")
        self.assertEqual((report["accepted"], report["rejected"]), (40, 0))

    def test_a_file_that_is_made_first_and_written_later_is_waited_for(self):
        self.start()
        (self.inbox / "later.csv").touch()
        time.sleep(PAUSE)
        (self.inbox / "later.csv").write_text(HEADING + rows("A", 5))
        self.assertEqual(self.wait_until_done("later.csv")["accepted"], 5)
        self.assertEqual(list((self.inbox / "failed").iterdir()), [])

    def test_a_file_that_is_moved_in_or_closed_is_taken_at_once(self):
        self.start()
        (self.w.folder / "moved.csv").write_text(HEADING + rows("A", 5))
        (self.w.folder / "moved.csv").rename(self.inbox / "moved.csv")
        (self.inbox / "closed.csv").write_text(HEADING + rows("B", 5))
        begun = time.monotonic()
        for name in ("moved.csv", "closed.csv"):
            self.assertEqual(self.wait_until_done(name)["accepted"], 5)
        self.assertLess(time.monotonic() - begun, 3 * SLOW)

    def test_a_file_that_waits_at_the_start_is_taken_in_the_end(self):
        self.inbox.mkdir()
        (self.inbox / "waiting.csv").write_text(HEADING + rows("A", 5))
        self.start()
        self.assertEqual(self.wait_until_done("waiting.csv")["accepted"], 5)

    def test_what_is_written_while_it_is_read_is_read_again(self):
        self.start()
        (self.inbox / "large.csv").write_text(HEADING + rows("A", 200000))
        self.w.wait_for(lambda: self.w.get("/v1/feeds").json()["feeds"][0].get("importing"), "not taken")
        with open(self.inbox / "large.csv", "a") as file:
            file.write(rows("B", 10))
        report = self.wait_until_done("large.csv")
        self.assertEqual(report["duplicate"] + report["accepted"], 200010)
        self.assertEqual(self.responses(), 200010)
        self.assertIn("large.csv was still being written while it was read, and is read again", self.w.read_log())
        self.assertFalse((self.inbox / "large.csv").exists())

    def test_what_takes_the_place_of_a_file_that_is_read_is_read_too(self):
        self.start()
        (self.inbox / "large.csv").write_text(HEADING + rows("A", 200000))
        self.w.wait_for(lambda: self.w.get("/v1/feeds").json()["feeds"][0].get("importing"), "not taken")
        (self.w.folder / "other.csv").write_text(HEADING + rows("B", 10))
        (self.w.folder / "other.csv").rename(self.inbox / "large.csv")
        self.assertEqual(self.wait_until_done("large.csv")["accepted"], 10)
        self.assertEqual(self.responses(), 200010)

    def test_more_files_than_are_taken_at_once(self):
        """A thousand are; all of these are there when it looks."""
        self.start()
        os.kill(self.w.process.pid, signal.SIGSTOP)
        for i in range(1050):
            (self.w.folder / "one.csv").write_text(HEADING + rows("A", 1, start=i))
            (self.w.folder / "one.csv").rename(self.inbox / f"{i}.csv")
        os.kill(self.w.process.pid, signal.SIGCONT)
        self.w.wait_for(lambda: self.responses() == 1050 and not any(self.inbox.glob("*.csv")), "not all",
                        3 * PATIENCE)  # each is read by a process of its own

    def test_an_empty_folder_wakes_nobody(self):
        self.start()
        (self.inbox / "one.csv").write_text(HEADING + rows("A", 5))
        self.wait_until_done("one.csv")
        self.w.wait_until_current()
        time.sleep(2)  # what followed from it is over

        def wake_ups():
            status = pathlib.Path(f"/proc/{self.w.process.pid}/status").read_text()
            return int(next(line for line in status.splitlines() if line.startswith("voluntary")).split()[1])

        before = wake_ups()
        time.sleep(3)
        self.assertLessEqual(wake_ups() - before, 1)


class Trouble(InboxTest):
    def problem(self):
        return self.w.get("/v1/feeds").json()["feeds"][0]["watch_problem"]

    def wait_for_problem(self, *said):
        self.w.wait_for(lambda: all(text in (self.problem() or "") for text in said), lambda: f"no {said}: {self.problem()}")
        # Whoever asks by hand sees it too, and the log says it once.
        self.assertIn(said[0], self.w.run("feeds", "--format", "csv").stdout)
        self.assertIn(said[0], self.w.run("status", "--format", "csv").stdout)
        self.assertEqual(self.w.get("/v1/status").json()["feeds"][0]["watch_problem"], self.problem())
        told = [line for line in self.w.read_log().splitlines() if self.problem() in line]
        self.assertEqual(len(told), 1, told)
        self.assertIn("warning: feed m: ", told[0])

    def wait_for_no_problem(self):
        self.w.wait_for(lambda: self.problem() is None, lambda: self.problem())

    def test_what_is_no_plain_file_is_passed_over_with_a_word(self):
        self.start()
        outside = self.w.folder / "outside.csv"
        outside.write_text(HEADING + rows("A", 5))
        odd = {"pipe.csv": (os.mkfifo, "is a pipe"), "link.csv": (lambda path: os.symlink(outside, path), "is a symbolic link"),
               "folder.csv": (os.mkdir, "is a folder")}
        for name, (make, said) in odd.items():
            make(self.inbox / name)
            self.wait_for_problem(f"inbox/{name} {said}", "passed over")
        os.rmdir(self.inbox / "folder.csv")
        self.w.wait_for(lambda: "link.csv" in self.problem(), "not the one before it")
        os.unlink(self.inbox / "link.csv")
        os.unlink(self.inbox / "pipe.csv")
        self.wait_for_no_problem()
        (self.inbox / "pipe.csv").write_text(HEADING + rows("A", 5))
        self.wait_until_done("pipe.csv")

    def test_a_name_that_is_no_text(self):
        self.start()
        name = os.fsencode(self.inbox) + b"/caf\xe9.csv"
        with open(name, "w") as file:
            file.write(HEADING)
        self.wait_for_problem("inbox/caf?.csv has a name that is not UTF-8", "rename it")
        os.rename(name, self.inbox / "café.csv")
        self.wait_until_done("café.csv")
        self.wait_for_no_problem()

    def test_a_file_that_cannot_be_read_is_tried_again(self):
        self.w.start(wrapper=["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else [])
        (self.w.folder / "export.csv").write_text(HEADING + rows("A", 5))
        (self.w.folder / "export.csv").chmod(0)
        (self.w.folder / "export.csv").rename(self.inbox / "export.csv")
        self.wait_for_problem("inbox/export.csv cannot be read: Permission denied")
        (self.inbox / "export.csv").chmod(0o600)
        self.wait_until_done("export.csv")
        self.wait_for_no_problem()

    def test_a_file_that_cannot_be_moved_is_moved_later(self):
        self.start()
        (self.inbox / "done").rmdir()
        (self.inbox / "done").write_text("")
        (self.inbox / "export.csv").write_text(HEADING + rows("A", 5))
        self.wait_for_problem("inbox/export.csv was read, but could not be moved to")
        (self.inbox / "done").unlink()
        self.assertEqual(self.wait_until_done("export.csv")["accepted"], 5)
        self.wait_for_no_problem()
        self.assertEqual(self.w.get("/v1/feeds").json()["feeds"][0]["duplicate"], 0)  # it was not read again

    def test_a_failed_document_is_a_warning(self):
        self.start()
        (self.inbox / "bad.csv").write_text("nothing\n")
        self.wait_until_done("bad.csv", "failed")
        self.assertIn("warning: feed m: bad.csv: 0 accepted", self.w.read_log())

    def test_a_folder_that_is_moved_away_and_put_back(self):
        self.start()
        self.inbox.rename(self.w.folder / "elsewhere")
        self.wait_for_problem("/inbox cannot be watched: No such file or directory")
        (self.w.folder / "elsewhere").rename(self.inbox)
        self.wait_for_no_problem()
        (self.inbox / "export.csv").write_text(HEADING + rows("A", 5))
        self.wait_until_done("export.csv")

    def test_a_full_disk_leaves_the_file_where_it_is(self):
        """A limit on the size of files is the full disk that any user can make."""
        self.start()
        hard = resource.prlimit(self.w.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.w.process.pid, resource.RLIMIT_FSIZE, (300000, hard))
        (self.inbox / "export.csv").write_text(HEADING + rows("A", 20000))
        self.wait_for_problem("inbox/export.csv stays there and is tried again: the disk is full")
        self.assertTrue((self.inbox / "export.csv").exists())
        self.assertEqual(list((self.inbox / "failed").iterdir()), [])
        resource.prlimit(self.w.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        self.assertEqual(self.wait_until_done("export.csv")["accepted"], 20000)
        self.wait_for_no_problem()


if __name__ == "__main__":
    unittest.main()
