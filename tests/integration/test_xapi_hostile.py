# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hostile or careless LMS sends to the record store: it is told why, it costs bounded memory, and what is merely unusual
is taken."""
import hashlib
import json
import pathlib
import re
import unittest
import uuid

from wijzer_daemon import SLOW, WijzerTest
from xapi_store import Lms, options, put_secret

MIB = 1 << 20
JSON = {"Content-Type": "application/json"}


def statement(**more):
    return {"actor": {"mbox": "mailto:ada@school.example"}, "verb": {"id": "https://school.example/did"},
            "object": {"id": "https://school.example/page"}, **more}


def mixed(statements, *parts):
    body = b"--b\r\nContent-Type: application/json\r\n\r\n" + json.dumps(statements).encode()
    for part in parts:
        body += (b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
                 b"X-Experience-API-Hash: " + hashlib.sha256(part).hexdigest().encode() + b"\r\n\r\n" + part)
    return body + b"\r\n--b--\r\n"


def attachment(part, usage="https://school.example/essay"):
    return {"usageType": usage, "display": {"en": "x"}, "contentType": "application/octet-stream", "length": len(part),
            "sha2": hashlib.sha256(part).hexdigest()}


class Hostile(WijzerTest):
    def run_with(self, **more):
        w = put_secret(self.make(**options(**more))).start()
        lms = Lms(w)
        self.addCleanup(lms.close)
        return w, lms

    def peak(self, w):
        """The most memory that it had since the last time, in MiB."""
        process = pathlib.Path("/proc", str(w.process.pid))
        peak = int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())[1]) / 1024
        (process / "clear_refs").write_text("5")
        return peak if SLOW == 1 else 0  # sanitizers keep memory of their own

    def assert_refused(self, w, answer, status, most, says):
        self.assertEqual(answer.status, status, answer.body[:300])
        self.assertIn(says, answer.json()["detail"])
        self.assertEqual(answer.headers["X-Experience-API-Version"], "1.0.3")
        self.assertLess(self.peak(w), most)

    def test_what_is_too_much_costs_bounded_memory(self):
        w, lms = self.run_with()
        self.peak(w)
        part = b"z" * MIB
        signature = b"e30." + b"A" * 20000 + b".QQ"
        for body, status, says, content_type in (
                (b"[" + b"1," * (8 * MIB - 2) + b"1]", 413, "more values", None),
                (b"[" + b"[]," * (5 * MIB) + b"1]", 413, "more values", None),
                (b"[" + b"{}," * 999999 + b"{}]", 413, "there are 1000000 statements", None),
                (b"[" * 10 * MIB, 400, "too deep", None),
                (b"x" * 17 * MIB, 413, "larger than 16777216 bytes", None),
                (b"1" * 15 * MIB, 400, "too large", None),
                (json.dumps([statement(attachments=[attachment(part)])] * 10000), 413, "the same bytes", part),
                (json.dumps(statement(result={"response": "x" * 5 * MIB})), 413, "larger than 4 MiB", None)):
            if content_type:
                body, headers = mixed(json.loads(body), part), {"Content-Type": "multipart/mixed; boundary=b"}
            else:
                headers = JSON
            self.assert_refused(w, lms.request("POST", "/xapi/statements", body, headers), status, 128, says)
        self.assertEqual(lms.all(), [])
        usage = "http://adlnet.gov/expapi/attachments/signature"
        body = mixed([statement(attachments=[attachment(signature, usage)])] * 10000, signature)
        self.assertEqual(lms.request("POST", "/xapi/statements", body, {"Content-Type": "multipart/mixed; boundary=b"}).status, 400)

    def test_every_answer_names_the_version(self):
        w, lms = self.run_with()
        for version in ("2.0.0", "1.0.3"):
            lms.headers["X-Experience-API-Version"] = version
            self.assertEqual(lms.get().status, 200)
            for method, path, body, headers, status in (
                    ("GET", "/xapi/statements", None, {"Authorization": "Basic eDp4"}, 401),
                    ("GET", "/xapi/nothing", None, {}, 404),
                    ("DELETE", "/xapi/statements", None, {}, 405),
                    ("POST", "/xapi/statements", b"x" * 17 * MIB, JSON, 413)):
                answer = lms.request(method, path, body, headers)
                self.assertEqual((answer.status, answer.headers.get_all("X-Experience-API-Version")), (status, [version]))

    def test_a_page_of_another_origin_can_read_that_its_key_is_wrong(self):
        _, lms = self.run_with()
        for wrong in ({"Authorization": "Basic eDp4"}, {}):
            answer = lms.request("GET", "/xapi/statements", None, {"Origin": "https://course.example", **wrong})
            self.assertEqual(answer.status, 401 if wrong else 200)
            self.assertEqual(answer.headers.get_all("Access-Control-Allow-Origin"), ["*"])
            self.assertIn("X-Experience-API-Version", answer.headers["Access-Control-Expose-Headers"])

    def test_a_crowd_is_one_group(self):
        for keep in (True, False):
            w, lms = self.run_with(keep=keep)
            crowd = [{"mbox": f"mailto:m{i}@school.example"} for i in range(10000)]
            for place in ({"actor": {"objectType": "Group", "member": crowd}},
                          {"context": {"team": {"objectType": "Group", "member": crowd}}}):
                self.assertEqual(lms.send(statement(**place)).status, 200)
            found = [len(lms.all(agent=json.dumps(crowd[i]), related_agents=related))
                     for i in (0, 4999, 9999) for related in ("false", "true")]
            self.assertEqual(found, [1, 2] * 3)

    def test_any_time_of_a_calendar_is_kept(self):
        w, lms = self.run_with()
        times = ("0000-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2016-12-31T23:59:60Z",
                 "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-12:00")
        for time in times:
            self.assertEqual(lms.send(statement(timestamp=time)).status, 200, time)
        self.assertEqual([found["timestamp"] for found in lms.all(ascending="true")], list(times))
        for time in ("2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00-00:00", "10000-01-01T00:00:00Z"):
            self.assertEqual(lms.send(statement(timestamp=time)).status, 400, time)

    def test_a_batch_that_conflicts_leaves_nothing(self):
        w, lms = self.run_with()
        there, awaited, new = (str(uuid.uuid4()) for _ in range(3))
        void = {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}
        self.assertEqual(lms.send(statement(id=there)).status, 200)
        answer = lms.send([statement(**void, object={"objectType": "StatementRef", "id": there}),
                           statement(**void, object={"objectType": "StatementRef", "id": awaited}),
                           statement(id=new), statement(id=there, result={"success": True})])
        self.assertEqual(answer.status, 409)
        self.assertIn("statement 4 of 4", answer.json()["detail"])
        self.assertEqual(lms.send(statement(id=awaited)).status, 200)
        for kill in (False, True):
            if kill:
                w.kill()
                w.start()
                lms.close()  # it comes back with the next request
            self.assertEqual([lms.get(statementId=i).status for i in (there, awaited, new)], [200, 200, 404])


if __name__ == "__main__":
    unittest.main()
