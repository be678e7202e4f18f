# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs together stays together: the key and the store."""
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


if __name__ == "__main__":
    unittest.main()
