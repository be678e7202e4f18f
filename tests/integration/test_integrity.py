# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs together stays together: the key and the store, and the store and its files."""
import pathlib
import sqlite3
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, PATIENCE, WijzerTest, rows


class IntegrityTest(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.start()
        self.state = self.w.folder / "state"
        self.key = self.state / "pseudonym.key"
        self.export = HEADING + rows("A", 6)

    def stop(self):
        self.assertEqual(self.w.stop(), 0)

    def assert_refused(self, *said):
        before = len(self.w.read_log())
        self.w.start(wait=False)
        self.assertEqual(self.w.process.wait(PATIENCE), 1)
        self.w.process = None
        for text in said:
            self.assertIn(str(text), self.w.read_log()[before:])


class Key(IntegrityTest):
    def test_a_store_wants_the_key_that_it_was_written_under(self):
        self.w.post("m", self.export)
        self.stop()
        key = self.key.read_text()
        self.key.unlink()
        self.assert_refused("state/pseudonym.key is missing", "state/wijzer.db", "restore pseudonym.key from its backup")
        self.assertFalse(self.key.exists())
        self.key.write_text("00" * 32 + "\n")
        self.key.chmod(0o600)
        self.assert_refused("state/pseudonym.key is another key", "state/wijzer.db", "restore pseudonym.key from its backup")
        self.key.write_text(key)
        self.w.start()
        self.assertEqual(self.w.post("m", self.export).json()["duplicate"], 6)

    def test_a_store_that_holds_nothing_takes_any_key(self):
        self.stop()
        first = self.key.read_text()
        self.key.unlink()
        self.w.start()
        self.assertNotEqual(self.key.read_text(), first)
        self.w.post("m", self.export)
        self.stop()
        self.key.write_text(first)
        self.assert_refused("is another key")

    def test_a_store_of_before_keys_were_known_takes_the_one_that_is_there(self):
        self.w.post("m", self.export)
        self.stop()
        database = sqlite3.connect(self.state / "wijzer.db")
        forgotten = database.execute("DELETE FROM document WHERE owner = 'ingest'").rowcount
        database.commit()
        database.close()
        self.assertEqual(forgotten, 1)
        self.w.start()
        self.assertEqual(self.w.post("m", self.export).json()["duplicate"], 6)
        self.stop()
        self.key.unlink()
        self.assert_refused("is missing")

    def test_the_store_says_nothing_of_the_key(self):
        key = self.key.read_text().strip()
        self.w.post("m", self.export)
        self.stop()
        for file in pathlib.Path(self.state).glob("wijzer.db*"):
            content = file.read_bytes()
            for part in (key, key[:16], key[-16:]):
                self.assertNotIn(part.encode(), content)
                self.assertNotIn(bytes.fromhex(part), content)


class Files(IntegrityTest):
    """The store's files are removed or replaced while wijzerd uses them: nothing is acknowledged that the next start
    would not find."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self.w.post("m", self.export).json()["accepted"], 6)
        self.w.wait_until_current()

    def assert_nothing_is_acknowledged(self, said):
        for text in (HEADING + rows("B", 6), self.export, HEADING + rows("C", 6)):
            answer = self.w.post("m", text)
            self.assertEqual(answer.status, 500)
            self.assertEqual((answer.json()["accepted"], answer.json()["duplicate"]), (0, 0))
            self.assertIn(said, answer.json()["detail"])
        self.assertEqual(self.w.read_log().count("the store cannot be written: "), 1)
        self.assertIn(said, self.w.get("/v1/status").json()["store"]["error"])
        self.assertRegex(self.w.run("status").stdout, f"store error +.*{said}")

    def test_the_database_is_removed(self):
        (self.state / "wijzer.db").unlink()
        self.assert_nothing_is_acknowledged("wijzer.db was removed")

    def test_the_database_is_replaced(self):
        backup = self.state / "wijzer.db.backup"
        backup.write_bytes((self.state / "wijzer.db").read_bytes())
        backup.rename(self.state / "wijzer.db")
        self.assert_nothing_is_acknowledged("wijzer.db was replaced")

    def test_the_log_ahead_of_the_database_is_removed(self):
        (self.state / "wijzer.db-wal").unlink()
        self.assert_nothing_is_acknowledged("wijzer.db-wal was removed")

    def test_the_state_folder_is_put_back(self):
        self.state.rename(self.w.folder / "elsewhere")
        answer = self.w.run("import", "-", "--feed", "m", input=self.export)
        self.assertEqual(answer.returncode, 1)
        (self.w.folder / "elsewhere").rename(self.state)
        self.stop()
        self.w.start()
        self.assertEqual(self.w.post("m", self.export).json()["duplicate"], 6)


if __name__ == "__main__":
    unittest.main()
