# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer key rotate: a new key, under which everybody is still known; whatever ends it, key and store fit."""
import hashlib
import os
import random
import sqlite3
import stat
import subprocess
import time
import unittest

from wijzer_daemon import BUILD, EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, NOBODY, WijzerTest, add_event_plugin, rows
import test_forget


def pseudonym(keys, person):
    """As daemon/ingest/pseudonym.h says, by Python's own BLAKE2b."""
    made = hashlib.blake2b(b"p" + person.encode(), key=keys[0], digest_size=16).digest()
    for key in keys[1:]:
        made = hashlib.blake2b(b"c" + made, key=key, digest_size=16).digest()
    return made


class Key(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        return w.start()

    def key_file(self, w):
        return w.folder / "state" / "pseudonym.key"

    def keys(self, w):
        return [bytes.fromhex(line) for line in self.key_file(w).read_text().splitlines()]

    def rotate(self, w, *more):
        return w.run("key", "rotate", "--config", w.config, *more)

    def rotate_well(self, w):
        if w.process:
            w.stop()
        run = self.rotate(w)
        self.assertEqual(run.returncode, 0, run)
        return run

    def in_store(self, w, sql):
        database = sqlite3.connect(w.folder / "state" / "wijzer.db")
        try:
            return [value for value, in database.execute(sql)]
        finally:
            database.close()

    def is_in_files(self, w, wanted):
        return any(wanted in path.read_bytes() for path in (w.folder / "state").iterdir() if path.is_file())

    def test_everybody_is_still_known(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.wait_until_current()
        before = [{**v, "computed_at": None} for v in w.values("mean")]
        for round in range(3):
            old = self.keys(w)
            self.assertTrue(self.rotate_well(w).stdout.endswith(f"holds {round + 2} keys now; copy it to where you keep it, all of it is needed\n"))
            keys = self.keys(w)
            self.assertEqual((keys[:-1], len(set(keys))), (old, round + 2))
            self.assertEqual(stat.S_IMODE(self.key_file(w).stat().st_mode), 0o600)
            for made, stays in ((pseudonym(old, "A7"), False), (pseudonym(keys, "A7"), True)):
                self.assertEqual(self.is_in_files(w, made), stays)
                self.assertEqual(made in self.in_store(w, "SELECT id FROM identity"), stays)
            w.start()
            self.assertEqual(w.post("m", HEADING + rows("A", 30)).json()["duplicate"], 30)
        report = w.post("m", HEADING + rows("A", 31, a=2)).json()
        self.assertEqual((report["accepted"], report["replaced"]), (1, 30))
        self.assertNotEqual(before, [])
        told = [e["facts"] for e in w.get("/v1/audit").json()["audit"] if e["what"] == "key_rotation"]
        self.assertEqual(told, [{"keys": 2}, {"keys": 3}, {"keys": 4}])
        self.assertTrue(w.get("/v1/audit/check").json()["sound"])
        self.assertEqual(w.request("POST", "/v1/rebuild/check").json()["different"], 0)

    def test_results_stay(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.wait_until_current()
        before = w.values("mean")
        self.rotate_well(w)
        w.start()
        w.wait_until_current()
        self.assertEqual(w.values("mean"), before)

    def test_rows_without_a_respondent_events_and_the_quarantine(self):
        w = self.make(feeds=EVENT_FEED + FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        os.symlink(BUILD / "plugins" / "survey.so", w.folder / "plugins" / "survey.so")
        w.script("m.lua", MONITOR.replace('respondent = "token", ', ""))
        w.start()
        nameless = HEADING + rows("A", 5)
        events = "".join(line for _, line in test_forget.Forget.events(self, ["a1", "a2"], 5))
        w.post("m", nameless)
        w.post("lms", events)
        w.replace_script("m.lua", MONITOR)
        w.post("m", HEADING + "jan,2025-10-01,2025,S,A,wrong,2,1\n", "wrong.csv")
        self.rotate_well(w)
        keys = self.keys(w)
        self.assertEqual(sorted(self.in_store(w, "SELECT key FROM subject WHERE kind = 1")), sorted(pseudonym(keys, a) for a in ("a1", "a2")))
        self.assertEqual(self.in_store(w, "SELECT person FROM quarantine"), [pseudonym(keys, "jan")])
        w.start()
        self.assertEqual(w.post("lms", events).json()["duplicate"], 400)
        w.replace_script("m.lua", MONITOR.replace('respondent = "token", ', ""))
        self.assertEqual(w.post("m", nameless).json()["duplicate"], 5)
        answer = w.request("POST", "/v1/forget", '{"id": "jan"}').json()
        self.assertEqual(answer["quarantined"], 1)

    def test_whoever_is_forgotten_after_it_is_gone(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        self.rotate_well(w)
        w.start()
        self.assertEqual(w.request("POST", "/v1/forget", '{"id": "A7"}').json()["responses"], 1)
        self.assertFalse(self.is_in_files(w, pseudonym(self.keys(w), "A7")))

    def test_a_kill_at_any_time(self):
        chance = random.Random(1)
        w = self.begin()
        document = HEADING + rows("A", 20000)
        w.post("m", document)
        w.stop()
        begun = time.monotonic()
        self.rotate_well(w)
        takes = time.monotonic() - begun
        for _ in range(12):
            before = self.keys(w)
            process = subprocess.Popen([BUILD / "bin" / "wijzer", "key", "rotate", "--config", w.config], stdout=subprocess.DEVNULL)
            time.sleep(chance.random() * takes)
            process.kill()
            process.wait()
            w.start()
            keys = self.keys(w)
            self.assertEqual(keys[:len(before)], before)
            self.assertIn(len(keys) - len(before), (0, 1))
            self.assertEqual(w.post("m", HEADING + rows("A", 50)).json()["duplicate"], 50)
            told = [e for e in w.get("/v1/audit").json()["audit"] if e["what"] == "key_rotation"]
            self.assertEqual(len(told), len(keys) - 1)
            w.stop()
            self.assertEqual([p.name for p in (w.folder / "state").glob("pseudonym.key*")], ["pseudonym.key"])
        w.start()
        self.assertEqual(w.post("m", document).json()["duplicate"], 20000)

    def test_old_pseudonyms_that_a_kill_left_go_at_the_next_start(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 3000))
        old = self.keys(w)
        self.rotate_well(w)
        database = sqlite3.connect(w.folder / "state" / "wijzer.db")
        with database:
            database.execute("PRAGMA secure_delete = OFF")
            database.execute("CREATE TABLE gone AS SELECT ? AS left_over", (pseudonym(old, "A7"),))
            database.execute("DELETE FROM gone")
            database.execute("INSERT INTO document VALUES ('ingest', 'key_unscrubbed', '1')")
        database.close()
        self.assertTrue(self.is_in_files(w, pseudonym(old, "A7")))
        w.start()
        w.wait_for(lambda: not self.is_in_files(w, pseudonym(old, "A7")), "it stays")
        w.wait_for(lambda: not self.in_store(w, "SELECT 1 FROM document WHERE key = 'key_unscrubbed'"), "it is done again and again")

    def leave_next(self, w):
        """As a kill right before the file gets its name."""
        old = self.key_file(w).read_text()
        self.rotate_well(w)
        next = self.key_file(w).with_name("pseudonym.key.next")
        self.key_file(w).rename(next)
        self.key_file(w).write_text(old)
        self.key_file(w).chmod(0o600)
        return next

    def test_what_was_left_is_settled_at_the_next_start(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        next = self.leave_next(w)
        w.start()
        self.assertFalse(next.exists())
        self.assertEqual(len(self.keys(w)), 2)
        self.assertEqual(w.post("m", HEADING + rows("A", 30)).json()["duplicate"], 30)

    def test_or_by_the_next_rotation(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        self.leave_next(w)
        self.rotate_well(w)
        self.assertEqual(len(self.keys(w)), 3)
        w.start()
        self.assertEqual(w.post("m", HEADING + rows("A", 30)).json()["duplicate"], 30)

    def test_a_key_that_no_store_knows_yet_is_thrown_away(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.stop()
        next = self.key_file(w).with_name("pseudonym.key.next")
        next.write_text(self.key_file(w).read_text() + "00" * 32 + "\n")
        next.chmod(0o600)
        half = next.with_name("pseudonym.key.next.part")
        half.write_text("00" * 20)
        w.start()
        self.assertFalse(next.exists() or half.exists())
        self.assertEqual(len(self.keys(w)), 1)

    def test_a_key_that_lies_elsewhere(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.stop()
        credential = w.folder / "credentials" / "pseudonym.key"
        credential.parent.mkdir()
        self.key_file(w).rename(credential)
        self.assertIn("where it is a credential of systemd, see --key", self.rotate(w).stderr)
        run = self.rotate(w, "--key", credential)
        self.assertEqual(run.returncode, 0, run)
        self.assertEqual(len(credential.read_text().splitlines()), 2)
        w.start(wrapper=("env", f"CREDENTIALS_DIRECTORY={credential.parent}"))
        self.assertEqual(w.post("m", HEADING + rows("A", 30)).json()["duplicate"], 30)
        self.assertFalse(self.key_file(w).exists())

    def test_what_does_not_go_is_said(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        self.assertIn("another wijzerd uses the state folder", self.rotate(w).stderr)
        w.stop()
        good = self.key_file(w).read_text()
        for text, said in (("00" * 32 + "\n", "is another key than the one"), (good + "ab\n", "does not hold a key"),
                           (good + "x" * 64 + "\n", "does not hold a key"), ("", "does not hold a key"), (good * 101, "does not hold a key")):
            self.key_file(w).write_text(text)
            run = self.rotate(w)
            self.assertEqual((run.returncode, said in run.stderr), (1, True), (text, run))
            self.assertEqual(self.key_file(w).read_text(), text)
        self.key_file(w).write_text(good)
        for arguments in ((), ("rotate", "x"), ("turn",)):
            self.assertEqual(w.run("key", *arguments).returncode, 2)
        self.rotate_well(w)

    def test_an_older_file_is_refused(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.stop()
        old = self.key_file(w).read_text()
        self.rotate_well(w)
        self.key_file(w).write_text(old)
        w.start(wait=False)
        self.assertEqual(w.process.wait(30), 1)
        w.process = None
        self.assertIn("is another key than the one", w.read_log())

    @unittest.skipUnless(os.getuid() == 0, "only root can give files away")
    def test_root_leaves_everything_to_the_user_of_wijzerd(self):
        w = self.begin()
        w.post("m", HEADING + rows("A", 30))
        w.stop()
        for path in [w.folder / "state", *(w.folder / "state").iterdir()]:
            os.chown(path, NOBODY, NOBODY)
        self.rotate_well(w)
        self.assertEqual({path.name: path.stat().st_uid for path in (w.folder / "state").iterdir() if path.is_file()},
                         {path.name: NOBODY for path in (w.folder / "state").iterdir() if path.is_file()})


if __name__ == "__main__":
    unittest.main()
