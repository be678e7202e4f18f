# SPDX-License-Identifier: GPL-3.0-or-later
"""A long import shows how far it is, can be stopped, and is taken up again after a crash."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, PATIENCE, WijzerTest, rows

# More than a few batches, each of which is a commit of its own.
COUNT = 300000


class LongImport(WijzerTest):
    @classmethod
    def setUpClass(cls):
        cls.text = HEADING + rows("A", COUNT)

    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.w.start()
        self.inbox = self.w.folder / "inbox"

    def feed(self):
        return self.w.get("/v1/feeds").json()["feeds"][0]

    def importing(self):
        return self.feed().get("importing")

    def stored(self):
        return self.w.get("/v1/status").json()["store"]["rows"]

    def wait_until_some_are_in(self):
        self.w.wait_for(lambda: self.stored() > 0 and self.importing(), "no import is under way")

    def write(self, name="e.csv", folder=None):
        file = (folder or self.w.folder) / name
        file.write_text(self.text)
        return file

    def post_in_background(self, name="e.csv", key=None):
        answers = []

        def post():
            answers.append(self.w.request("POST", f"/v1/feeds/m?name={name}" + (f"&key={key}" if key else ""), self.text))
        thread = threading.Thread(target=post)
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def cancel(self, query=""):
        return self.w.request("DELETE", f"/v1/feeds/m/import{query}")


class Progress(LongImport):
    def test_the_list_of_feeds_tells_how_far_it_is(self):
        thread, answers = self.post_in_background()
        seen = []
        while thread.is_alive():
            now = self.importing()
            if now:
                seen.append(now)
        self.assertEqual(answers[0].json()["accepted"], COUNT)
        first, last = seen[0], seen[-1]
        self.assertEqual({s["document"] for s in seen}, {"e.csv"})
        self.assertEqual({s["bytes"] for s in seen}, {len(self.text)})
        self.assertEqual(first["waiting"], 0)
        self.assertRegex(first["since"], r"^20\d\d-")
        for key in ("bytes_done", "rows"):
            values = [s[key] for s in seen]
            self.assertEqual(values, sorted(values))
            self.assertGreater(len(set(values)), 2)
        self.assertLessEqual(last["bytes_done"], len(self.text))
        self.assertLessEqual(last["rows"], COUNT)
        self.assertIsNone(self.importing())

    def test_a_terminal_has_a_bar(self):
        file = self.write()
        master, slave = pty.openpty()
        process = subprocess.Popen([BUILD / "bin" / "wijzer", "import", file, "--feed", "m", "--socket", self.w.socket],
                                   stderr=slave, stdout=subprocess.PIPE, text=True)
        os.close(slave)
        said = b""
        while process.poll() is None or select.select([master], [], [], 0)[0]:
            if select.select([master], [], [], 0.2)[0]:
                try:
                    said += os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
        self.assertIn(f"{COUNT} accepted", process.communicate()[0])
        os.close(master)
        self.assertRegex(said.decode(), r"reading e\.csv \[#*\.+\] +\d+ % \d+ rows")
        self.assertTrue(said.endswith(b"\r\x1b[K"))  # and it is gone


class Cancelling(LongImport):
    def test_what_is_in_stays_in_and_is_told(self):
        thread, answers = self.post_in_background()
        self.wait_until_some_are_in()
        self.assertEqual(self.cancel().json(), {"feed": "m", "cancelled": "e.csv"})
        thread.join()
        answer = answers[0]
        self.assertEqual((answer.status, answer.json()["title"]), (409, "Conflict"))
        self.assertIn("it was cancelled", answer.json()["detail"])
        self.assertEqual(answer.json()["accepted"], self.stored())
        self.assertTrue(0 < self.stored() < COUNT)
        self.assertIn("it was cancelled", self.feed()["last"]["error"])
        # The feed goes on, and the file can be sent again.
        again = self.w.post("m", self.text, "e.csv").json()
        self.assertEqual((again["accepted"] + again["duplicate"], self.stored()), (COUNT, COUNT))

    def test_there_is_nothing_to_cancel(self):
        answer = self.cancel()
        self.assertEqual((answer.status, answer.json()["detail"]), (404, "feed 'm' is reading no document that can be cancelled"))
        self.assertEqual(self.w.request("DELETE", "/v1/feeds/n/import").status, 404)
        self.assertEqual(self.w.request("GET", "/v1/feeds/m/import").headers["Allow"], "DELETE")

    def test_one_that_waits_is_cancelled_by_its_key(self):
        first, first_answers = self.post_in_background("first.csv")
        self.w.wait_for(self.importing, "no import is under way")
        second, second_answers = self.post_in_background("second.csv", key="mine")
        self.w.wait_for(lambda: self.importing()["waiting"], "the second does not wait")
        self.assertEqual(self.cancel("?key=other").status, 404)
        self.assertEqual(self.cancel("?key=mine").json()["cancelled"], "second.csv")
        second.join()
        self.assertTrue(first.is_alive())
        self.assertEqual((second_answers[0].status, second_answers[0].json()["detail"]), (409, "it was cancelled before it was read"))
        first.join()
        self.assertEqual(first_answers[0].json()["accepted"], COUNT)

    def test_a_watched_file_goes_to_failed_with_its_report(self):
        self.write(folder=self.inbox)
        self.wait_until_some_are_in()
        shown = self.w.run("feeds", "cancel", "m")
        self.assertEqual((shown.returncode, shown.stdout), (0, "e.csv: cancelled; the rows that are in stay in\n"))
        report = self.inbox / "failed" / "e.csv.report.json"
        self.w.wait_for(report.exists, "there is no report")
        report = json.loads(report.read_text())
        self.assertEqual(report["accepted"], self.stored())
        self.assertIn("it was cancelled", report["error"])
        self.assertTrue((self.inbox / "failed" / "e.csv").exists())
        self.assertEqual(self.w.run("feeds", "cancel", "m").returncode, 1)
        self.assertEqual(self.w.run("feeds", "cancel").returncode, 2)

    def test_waves_that_a_script_makes(self):
        self.w.replace_script("m.lua", MONITOR.replace('wave = "year"', 'wave = function(row) return row.year end'))
        thread, answers = self.post_in_background()
        self.wait_until_some_are_in()
        self.assertEqual(self.cancel().status, 200)
        thread.join()
        self.assertEqual((answers[0].status, answers[0].json()["accepted"]), (409, self.stored()))
        self.assertEqual(self.w.post("m", HEADING + rows("B", 1)).json()["accepted"], 1)

    def test_a_dry_run(self):
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(self.w.request("POST", "/v1/feeds/m?name=e.csv&dry_run=1", self.text)))
        thread.start()
        self.w.wait_for(lambda: (self.importing() or {}).get("rows"), "no dry run is under way")
        self.assertTrue(self.importing()["dry_run"])
        self.assertEqual(self.cancel().status, 200)
        thread.join()
        self.assertEqual((answers[0].status, self.stored()), (409, 0))


class CtrlC(LongImport):
    def start(self, *arguments, **more):
        process = subprocess.Popen([BUILD / "bin" / "wijzer", "import", *arguments, "--feed", "m", "--socket", self.w.socket],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        self.addCleanup(process.kill)
        return process

    def test_the_import_is_cancelled_and_told(self):
        process = self.start(self.write(), self.write("never.csv"))
        self.wait_until_some_are_in()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertIn("it was cancelled; the rows that are in stay in", err)
        accepted = int(re.search(r"e\.csv: (\d+) accepted", out).group(1))
        self.assertEqual(accepted, self.stored())
        self.assertNotIn("never.csv", out + err)
        self.assertIsNone(self.importing())

    def test_what_was_not_sent_to_its_end_is_not_taken(self):
        """A pipe: what came through it looks like a whole file, and is none."""
        process = self.start("-", stdin=subprocess.PIPE)
        process.stdin.write(HEADING + rows("A", 100))
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertIn("-: interrupted", process.stderr.read())
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(self.stored(), 0)


class Restart(LongImport):
    def finish_after(self, end):
        lines = (HEADING + rows("A", COUNT)).splitlines(keepends=True)
        lines[9] = "A8,2025-10-01,2025,S,A,9,2,1\n"  # row 10
        self.text = "".join(lines) + "x,2025-10-01,2025,S,A,7,2,1\n"
        self.write(folder=self.inbox)
        self.wait_until_some_are_in()
        end()
        self.assertTrue((self.inbox / "e.csv").exists())
        self.assertEqual(list((self.inbox / "failed").iterdir()), [])
        self.w.start()
        self.assertTrue(0 < self.stored() < COUNT)
        report = self.inbox / "done" / "e.csv.report.json"
        self.w.wait_for(report.exists, "the file is not read again", 60 + PATIENCE)
        report = json.loads(report.read_text())
        self.assertEqual((report["accepted"] + report["duplicate"], report["replaced"], report["rejected"]), (COUNT - 1, 0, 2))
        self.assertGreater(report["duplicate"], 0)
        self.assertEqual(self.stored(), COUNT - 1)
        refused = self.w.get("/v1/feeds/m/quarantine").json()["quarantine"]
        self.assertEqual(sorted(r["row"] for r in refused), [10, COUNT + 2])
        self.w.wait_until_current()
        self.assertEqual(self.w.by_group("mean", "?level=team")["S/A"]["n"], COUNT - 1)

    def test_kill_9(self):
        self.finish_after(self.w.kill)

    def test_a_stop(self):
        self.finish_after(self.w.stop)


if __name__ == "__main__":
    unittest.main()
