# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log tells who did what, names no respondent, and shows whether somebody changed it."""
import hashlib
import json
import os
import sqlite3
import struct
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, NOBODY, WijzerTest, as_nobody, rows

PATH = "/v1/feeds/m/quarantine"
STAYS = ("CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN  SELECT RAISE(ABORT, 'the audit log only grows'); END",
         "CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN  SELECT RAISE(ABORT, 'the audit log only grows'); END")


def chain(entries):
    """The hashes as daemon/store/audit.h says they come about, of rows of the table."""
    before = bytes(32)
    for position, at, user, what, facts in entries:
        body = struct.pack("<qqq", position, at, user) + what.encode() + b"\0" + facts.encode() + b"\0"
        before = hashlib.blake2b(before + body, digest_size=32).digest()
        yield before


class Audit(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.start()

    def entries(self, query=""):
        return self.w.get("/v1/audit" + query).json()["audit"]

    def told(self):
        return [(e["what"], e["user"], e["facts"]) for e in self.entries()]

    def wait_for_entries(self, count):
        self.w.wait_for(lambda: len(self.entries()) >= count, lambda: f"fewer than {count}: {self.told()}")
        self.assertEqual(len(self.entries()), count, self.told())

    def refused(self, *calls):
        with as_nobody(self.w):
            self.assertEqual([self.w.request(*call).status for call in calls], [403] * len(calls))

    def test_imports_are_told_with_their_counts(self):
        self.w.post("m", HEADING + rows("A", 3) + "x,2025-10-01,2025,S,A,wrong,1,1\n", "first.csv")
        self.w.post("m", HEADING + rows("A", 2) + rows("A", 1, a=5, start=2), "second.csv")
        user = os.getuid()
        self.assertEqual(self.told(), [
            ("import", user, {"feed": "m", "document": "first.csv", "accepted": 3, "replaced": 0, "duplicate": 0,
                              "withdrawn": 0, "rejected": 1}),
            ("import", user, {"feed": "m", "document": "second.csv", "accepted": 0, "replaced": 1, "duplicate": 2,
                              "withdrawn": 0, "rejected": 0})])
        self.assertTrue(all(e["time"].endswith("Z") for e in self.entries()))

    def test_an_import_of_many_batches_is_told_once_and_says_that_it_began(self):
        count = 70000
        self.w.post("m", HEADING + rows("A", count), "large.csv")
        self.assertEqual([what for what, _, _ in self.told()], ["import_begun", "import"])
        self.assertEqual(self.told()[1][2]["accepted"], count)

    def test_a_watched_folder_is_nobodys(self):
        (self.w.folder / "inbox" / "e.csv").write_text(HEADING + rows("A", 2))
        self.w.wait_for(lambda: self.told(), "the file is not told of")
        self.assertEqual(self.told()[0][:2], ("import", None))

    def test_a_document_that_is_refused_is_told(self):
        self.assertEqual(self.w.post("m", "no,such,columns\n1,2,3\n", "e.csv").status, 422)
        self.assertEqual([(what, facts.get("broken_off")) for what, _, facts in self.told()], [("import", True)])

    def test_a_dry_run_is_not_told(self):
        self.w.request("POST", "/v1/feeds/m?name=e.csv&dry_run=1", HEADING + rows("A", 2))
        self.w.post("m", HEADING + rows("A", 2), "e.csv")
        self.assertEqual(len(self.told()), 1)

    def test_what_becomes_of_the_quarantine_is_told(self):
        self.w.post("m", HEADING + "x,2025-10-01,2025,S,A,wrong,1,1\ny,2025-10-01,2025,S,A,wrong,1,1\n", "e.csv")
        self.w.request("POST", PATH + "/replay")
        self.w.request("DELETE", PATH + "?all=1")
        self.assertEqual([(what, user) for what, user, _ in self.told()][1:], [("replay", os.getuid()), ("drop", os.getuid())])
        self.assertEqual(self.told()[1][2]["rejected"], 2)
        self.assertEqual(self.told()[2][2], {"feed": "m", "dropped": 2})

    def test_a_call_that_writes_and_does_not_come_to_anything_is_told_by_its_route_alone(self):
        self.w.request("POST", "/v1/feeds/jan.jansen", "x")
        self.w.request("DELETE", PATH)
        self.w.request("POST", "/v1/jan.jansen", "x")
        self.wait_for_entries(2)
        self.assertEqual(self.told(), [("call", os.getuid(), {"route": "POST /v1/feeds/{name}", "status": 404}),
                                       ("call", os.getuid(), {"route": f"DELETE /v1/feeds/{{name}}/quarantine", "status": 400})])

    def test_a_withdrawal_is_told(self):
        self.w.post("m", HEADING + rows("A", 2), "e.csv")
        for wave in ("2025", "2025", "1999"):
            self.w.request("POST", "/v1/feeds/m/withdraw", json.dumps({"wave": wave, "respondent": "A1"}))
        self.wait_for_entries(4)
        call = ("call", os.getuid(), {"route": "POST /v1/feeds/{name}/withdraw", "status": 404})
        self.assertEqual(self.told()[1:], [("withdraw", os.getuid(), {"feed": "m", "wave": "2025"}), call, call])

    def test_reading_is_not_told(self):
        for path in ("/v1/status", "/v1/feeds", "/v1/audit", PATH):
            self.assertEqual(self.w.get(path).status, 200)
        self.assertEqual(self.w.get("/v1/audit/check").json(),
                         {"entries": 0, "sound": True, "broken": None, "hash": "00" * 32})

    @unittest.skipUnless(os.getuid() == 0, "only root can be somebody else")
    def test_refused_calls_are_told_and_the_log_is_for_administrators(self):
        self.refused(("POST", "/v1/feeds/m", HEADING), ("GET", "/v1/audit"), ("GET", "/v1/audit/check"))
        self.wait_for_entries(1)
        self.assertEqual(self.told(), [("refused", NOBODY, {"route": "POST /v1/feeds/{name}", "times": 1})])
        self.w.stop()
        self.w.start()
        self.assertEqual(self.told()[1:], [("refused", NOBODY, {"route": "GET /v1/audit/check", "times": 2})])

    def test_pages(self):
        for i in range(5):
            self.w.post("m", HEADING + rows("A", 1), f"{i}.csv")
        seen, query = [], "?limit=2"
        while query:
            page = self.w.get("/v1/audit" + query).json()
            seen += [e["seq"] for e in page["audit"]]
            query = page["next"] and f"?limit=2&next={page['next']}"
        self.assertEqual(seen, [1, 2, 3, 4, 5])
        self.assertEqual(self.w.get("/v1/audit?next=!").status, 400)

    def test_no_entry_names_a_respondent(self):
        self.w.post("m", HEADING + "jan.jansen,2025-10-01,2025,S,A,4,2,1\npiet.pietersen,2025-10-01,2025,S,A,wrong,2,1\n", "e.csv")
        text = self.w.get("/v1/audit").body
        for name in (b"jan.jansen", b"piet.pietersen", b"wrong"):
            self.assertNotIn(name, text)

    # ---- the chain -----------------------------------------------------------------------------------------------

    def make_entries(self):
        for i in range(4):
            self.w.post("m", HEADING + rows("A", i + 1), f"{i}.csv")

    def change(self, sql):
        """As somebody who has the file, and knows of the triggers."""
        self.w.stop()
        with sqlite3.connect(self.w.folder / "state" / "wijzer.db") as database:
            for statement in ("DROP TRIGGER audit_stays", "DROP TRIGGER audit_is_kept", sql, *STAYS):
                database.execute(statement)
        database.close()
        self.w.start()

    def check(self):
        run = self.w.run("audit", "--check")
        return run.returncode, run.stdout + run.stderr

    def test_the_hashes_are_those_that_the_header_describes(self):
        self.make_entries()
        hashes = [e["hash"] for e in self.entries()]
        self.w.stop()
        database = sqlite3.connect(self.w.folder / "state" / "wijzer.db")
        expected = [h.hex() for h in chain(database.execute("SELECT seq, at, user, what, facts FROM audit ORDER BY seq"))]
        database.close()
        self.w.start()
        self.assertEqual(hashes, expected)
        status, said = self.check()
        self.assertEqual(status, 0, said)
        self.assertIn(expected[-1], said)

    def test_a_change_shows(self):
        for sql, where in (("UPDATE audit SET user = 12 WHERE seq = 2", 2), ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
                           ("UPDATE audit SET facts = '{}' WHERE seq = 3", 3), ("DELETE FROM audit WHERE seq = 2", 2),
                           ("DELETE FROM audit WHERE seq = 4", 4), ("DELETE FROM audit", 1)):
            with self.subTest(sql):
                self.setUp()
                self.make_entries()
                self.change(sql)
                status, said = self.check()
                self.assertEqual(status, 1, said)
                self.assertIn(f"entry {where} ", said)

    def test_it_cannot_be_changed_by_mistake(self):
        self.make_entries()
        database = sqlite3.connect(self.w.folder / "state" / "wijzer.db")
        for sql in ("UPDATE audit SET user = 1", "DELETE FROM audit"):
            with self.assertRaises(sqlite3.DatabaseError):
                database.execute(sql)
        database.close()

    # ---- the command ---------------------------------------------------------------------------------------------

    def test_the_command(self):
        self.w.post("m", HEADING + rows("A", 3), "first.csv")
        table = self.w.run("audit").stdout
        self.assertIn("feed m, document first.csv, accepted 3", table)
        self.assertEqual(json.loads(self.w.run("audit", "--format", "json").stdout)["audit"][0]["what"], "import")
        csv = self.w.run("audit", "--format", "csv").stdout.splitlines()
        self.assertEqual(csv[0], "seq,time,user,what,facts")
        self.assertIn(f",{os.getuid()},import,", csv[1])
        self.assertEqual(self.w.run("audit", "x").returncode, 2)


if __name__ == "__main__":
    unittest.main()
