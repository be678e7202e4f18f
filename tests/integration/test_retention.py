# SPDX-License-Identifier: GPL-3.0-or-later
"""keep = 1y of a feed: what is older goes, at the start and every day, and what is left is as if it had never come in."""
import datetime
import hashlib
import os
import sqlite3
import subprocess
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MONITOR, WijzerTest
from test_forget import INDICATORS, script

TODAY = datetime.date.today()
RECENT = TODAY - datetime.timedelta(days=30)
OLD = TODAY - datetime.timedelta(days=400)
KEEP = FEED + "keep = 1y\n"


def row(person, date=RECENT, team="A", a=4, wave=2025):
    return f"{person},{date},{wave},S,{team},{a},2,1\n"


class Retention(WijzerTest):
    def begin(self, feeds=KEEP):
        w = self.make(feeds=feeds, wijzer="min_group_size = 1")
        w.script("m.lua", MONITOR)
        for name in INDICATORS:
            w.script(name + ".lua", script(name))
        return w.start()

    def restart(self, w):
        w.stop()
        w.start()
        w.wait_until_current()

    def wait_for_expiry(self, w, count=1):
        w.wait_for(lambda: len(self.told(w)) >= count, "nothing expires")
        w.wait_until_current()

    def told(self, w):
        return [e["facts"] for e in w.get("/v1/audit").json()["audit"] if e["what"] == "expire"]

    def values(self, w):
        w.wait_until_current()
        return {name: [{**v, "computed_at": None} for v in w.values(name)] for name in INDICATORS}

    def rows_of_log(self, w):
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as database:
            return database.execute("SELECT count(*) FROM log").fetchone()[0]

    def pseudonym(self, w, person):
        key = bytes.fromhex((w.folder / "state" / "pseudonym.key").read_text().strip())
        return hashlib.blake2b(b"p" + person.encode(), key=key, digest_size=16).digest()

    def is_in_files(self, w, person):
        wanted = self.pseudonym(w, person)
        return any(wanted in path.read_bytes() for path in (w.folder / "state").iterdir() if path.is_file())

    def test_what_is_older_goes_and_the_rest_stays(self):
        w, other = self.begin(), self.begin(FEED)
        recent = "".join(row(f"p{i}", a=i % 5 + 1) for i in range(10))
        w.post("m", HEADING + recent + "".join(row(f"old{i}", OLD, a=1) for i in range(5)))
        other.post("m", HEADING + recent)
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S"]["n"], 15)
        self.restart(w)
        self.wait_for_expiry(w)
        self.assertEqual(self.values(w), self.values(other))
        self.assertEqual(self.told(w), [{"feed": "m", "responses": 5, "events": 0, "resources": 0, "quarantined": 0, "files": 0, "unreadable": 0}])
        self.assertFalse(self.is_in_files(w, "old3"))
        self.assertTrue(self.is_in_files(w, "p3"))
        self.assertEqual(w.request("POST", "/v1/rebuild/check").json()["different"], 0)
        self.restart(w)
        self.assertEqual(len(self.told(w)), 1, "that there is nothing to do is not told every day")

    def test_the_day_itself_is_kept(self):
        w = self.begin()
        edge = TODAY.replace(year=TODAY.year - 1) if (TODAY.month, TODAY.day) != (2, 29) else TODAY - datetime.timedelta(days=366)
        w.post("m", HEADING + row("before", edge - datetime.timedelta(days=2)) + row("after", edge + datetime.timedelta(days=2)))
        self.restart(w)
        self.wait_for_expiry(w)
        self.assertEqual(w.by_group("mean")["S"]["n"], 1)
        self.assertFalse(self.is_in_files(w, "before"))

    def test_a_response_is_as_old_as_its_last_version(self):
        w = self.begin()
        w.post("m", HEADING + row("renewed", OLD) + row("aged", "") + row("withdrawn", OLD) + row("p1"))
        w.post("m", HEADING + row("renewed", RECENT, a=2) + row("aged", OLD, a=2))
        w.request("POST", "/v1/feeds/m/withdraw", '{"wave": "2025", "respondent": "withdrawn"}')
        self.assertEqual(self.rows_of_log(w), 7)
        self.restart(w)
        self.wait_for_expiry(w)
        self.assertEqual(w.by_group("mean")["S"]["n"], 2)
        for person, stays in (("renewed", True), ("p1", True), ("aged", False), ("withdrawn", False)):
            self.assertEqual(self.is_in_files(w, person), stays, person)
        self.assertEqual(self.rows_of_log(w), 3)
        self.assertEqual(w.request("POST", "/v1/rebuild/check").json()["different"], 0)

    def test_without_a_date_it_is_as_old_as_when_it_came_in(self):
        w = self.begin()
        w.replace_script("m.lua", MONITOR.replace('submitted = "date", ', ""))
        w.post("m", HEADING + row("first"))
        w.stop()
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as database:
            self.assertEqual(database.execute("UPDATE arrival SET at = at - 400 * 86400000").rowcount, 1)
        database.close()
        w.start()
        self.wait_for_expiry(w)
        w.post("m", HEADING + row("second"))
        self.restart(w)
        self.assertEqual(len(self.told(w)), 1)
        self.assertEqual(w.by_group("mean")["S"]["n"], 1)

    def test_the_quarantine_and_documents_are_as_old_as_they_lie_there(self):
        w = self.begin()
        (w.folder / "inbox" / "e.csv").write_text(HEADING + row("p1") + row("p2", a="wrong"))
        done = w.folder / "inbox" / "done"
        w.wait_for(lambda: len(list(done.glob("*"))) == 2, "it is not taken")
        os.utime(done / "e.csv", (0, 0))
        self.restart(w)
        self.assertEqual((len(list(done.glob("*"))), w.get("/v1/feeds/m/quarantine").json()["rows"]), (2, 1))
        w.stop()
        with sqlite3.connect(w.folder / "state" / "wijzer.db") as database:
            database.execute("UPDATE quarantine SET at = at - 400 * 86400000")
        database.close()
        w.start()
        self.wait_for_expiry(w)
        self.assertEqual(self.told(w)[0]["quarantined"], 1)

    def test_another_feed_and_one_without_keep_keep_everything(self):
        w = self.begin(FEED)
        w.post("m", HEADING + row("old", OLD) + row("p1"))
        self.restart(w)
        self.assertEqual(w.by_group("mean")["S"]["n"], 2)
        self.assertEqual(self.told(w), [])

    def test_a_kill_while_it_goes_on(self):
        w = self.begin()
        w.post("m", HEADING + "".join(row(f"old{i}", OLD) for i in range(3000)) + row("p1"))
        w.stop()
        for pause in (0.0, 0.02, 0.05, 0.1, 0.2):
            w.start()
            w.process.poll()
            try:
                w.wait_for(lambda: False, "", seconds=pause)
            except AssertionError:
                pass
            w.kill()
        w.start()
        self.wait_for_expiry(w)
        w.wait_for(lambda: w.by_group("mean")["S"]["n"] == 1, "it does not go on")
        self.assertEqual(self.rows_of_log(w), 1)
        self.assertEqual(w.request("POST", "/v1/rebuild/check").json()["different"], 0)
        self.assertEqual(sum(facts["responses"] for facts in self.told(w)), 3000)

    def test_what_is_wrong_is_said_before_anything_starts(self):
        other = KEEP.replace("[feed m]", "[feed n]").replace("inbox", "other")
        for feeds, said in ((FEED + "keep = 3\n", "keep: '3' is no length of time"), (FEED + "keep = 0d\n", "as in 3y, 6mo"),
                            (FEED + "kept = 3y\n", "keep"), (FEED + "keep = 101y\n", "longer than a hundred years"),
                            (KEEP + other.replace("keep = 1y", "keep = 2y"), "give both the same keep"),
                            (FEED + other, "give both the same keep")):
            with self.subTest(feeds):
                w = self.make(feeds=feeds)
                run = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], capture_output=True, text=True)
                self.assertEqual(run.returncode, 1)
                self.assertIn(said, run.stderr)
                self.assertIn("wijzer.conf:", run.stderr)


if __name__ == "__main__":
    unittest.main()
