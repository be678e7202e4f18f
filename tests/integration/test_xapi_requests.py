# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the record store through the whole of wijzerd: who may ask what, bytes that are attached, and who is in what is kept."""
import base64
import gzip
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import unittest
import uuid
from urllib.parse import quote

from wijzer_daemon import BUILD, PATIENCE, WijzerTest, free_port
import xapi_store
from xapi_store import Lms

JSON = {"Content-Type": "application/json"}
OTHER = "[feed other]\nplugin = xapi\nkey = other\nsecret_file = lms.secret\n"


def statement(who="anna.de.vries@school.example", **more):
    return {"actor": {"mbox": f"mailto:{who}", "name": "Anna de Vries"}, "verb": {"id": "http://example.com/verbs/did"},
            "object": {"id": "http://example.com/it"}, **more}


class Requests(WijzerTest):
    def make_store(self, keep=True, more=""):
        self.port = free_port()
        return xapi_store.put_secret(self.make(**xapi_store.options(keep, self.port, more))).start()

    def ask(self, method, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            return xapi_store.Answer(connection.getresponse())
        finally:
            connection.close()

    def test_only_about_is_told_to_whoever_asks(self):
        w = self.make_store(more=OTHER)
        for headers in ({}, {"Authorization": "Basic bm9uc2Vuc2U="}, {"X-Experience-API-Version": "2.0.0"}):
            answer = self.ask("GET", "/xapi/about", headers)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.json()["version"], ["1.0.3", "2.0.0"])
            self.assertEqual(w.request("GET", "/xapi/about", None, headers).status, 200)
            head = self.ask("HEAD", "/xapi/about", headers)
            self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(self.ask("POST", "/xapi/about").status, 401)
        for path in ("/xapi/about/statements", "/xapi/about/../statements"):
            self.assertEqual(self.ask("GET", path, {"X-Experience-API-Version": "1.0.3"}).status, 404, path)
        for path in ("/xapi/aboutt", "/xapi/statements", "/xapi"):
            self.assertEqual(self.ask("GET", path, {"X-Experience-API-Version": "1.0.3"}).status, 401, path)

    def test_a_packed_body_is_refused_as_such(self):
        """RFC 9110, 15.5.16. Read as JSON it would be a mistake in line 1, and as a document it would come back packed."""
        packed = {"Content-Encoding": "gzip"}
        agent = quote('{"mbox": "mailto:a@school.example"}')
        document = f"/xapi/activities/state?activityId=http://example.com/it&agent={agent}&stateId=s"
        with Lms(self.make_store()) as lms:
            for answer in (lms.request("POST", "/xapi/statements", gzip.compress(json.dumps(statement()).encode()), {**JSON, **packed}),
                           lms.request("PUT", document, gzip.compress(b"x"), {"Content-Type": "text/plain", **packed})):
                self.assertEqual((answer.status, answer.headers["Accept-Encoding"]), (415, "identity"), answer.body)
                self.assertIn("Content-Encoding", answer.json()["detail"])
            self.assertEqual(lms.request("GET", document).status, 404)
            as_it_is = {"Content-Type": "text/plain", "Content-Encoding": "identity"}
            self.assertEqual(lms.request("PUT", document, b"x", as_it_is).status, 204)
            self.assertEqual(lms.request("GET", document, headers=packed).body, b"x")

    def test_two_feeds_share_a_path(self):
        w = self.make_store(more=OTHER)
        token = base64.b64encode(f"other:{xapi_store.SECRET}".encode()).decode()
        with Lms(w) as lms:
            self.assertEqual(lms.send(statement()).status, 200)
            lms.headers["Authorization"] = f"Basic {token}"
            self.assertEqual(lms.send(statement()).status, 200)

    def test_what_is_sent_back_as_it_was_read_is_the_same(self):
        """A store gives a statement its timestamp (1.0.3, Data 2.4.7), and what it gives is no difference (Data 2.3.1)."""
        for keep in (True, False):
            with self.subTest(keep=keep), Lms(self.make_store(keep)) as lms:
                timed = statement(timestamp="2026-11-20T10:00:00.123+01:00",
                                  object={"objectType": "SubStatement", "timestamp": "2026-11-20T10:00:00Z", **statement()})
                self.assertEqual(lms.send([statement(), timed, statement("bas@school.example")]).status, 200)
                read = lms.all()
                self.assertEqual(len(read), 3)
                self.assertEqual(lms.send(read).status, 200)
                self.assertEqual(lms.send([{k: v for k, v in one.items() if k not in ("stored", "authority", "version")}
                                           for one in read]).status, 200)
                for one in read:
                    self.assertEqual(lms.put(one).status, 204)
                    answer = lms.request("GET", f"/xapi/statements?format=canonical&statementId={one['id']}")
                    self.assertEqual(lms.put(answer.json()).status, 204)
                    self.assertEqual(lms.put({**one, "timestamp": "2026-11-20T10:00:00.124+01:00"}).status, 409)
                    self.assertEqual(lms.put({**one, "timestamp": one["timestamp"], "result": {"success": True}}).status, 409)
                was_timed = [one for one in read if one["object"].get("objectType")][0]
                self.assertEqual(lms.put({**was_timed, "timestamp": was_timed["stored"]}).status, 409)
                self.assertEqual(lms.put({k: v for k, v in was_timed.items() if k != "timestamp"}).status, 409)
                self.assertEqual(lms.all(), read)

    def test_a_store_may_be_elsewhere(self):
        w = self.make_store(more="path = /lrs/x-1.0\nauthority = the \"LMS\" of ours\n")
        with Lms(w) as lms:
            for number in range(2):
                answer = lms.request("POST", "/lrs/x-1.0/statements", json.dumps(statement(id=str(uuid.UUID(int=number)))), JSON)
                self.assertEqual(answer.status, 200, answer.body)
            page = lms.request("GET", "/lrs/x-1.0/statements?limit=1").json()
            self.assertTrue(page["more"].startswith("/lrs/x-1.0/statements?"), page["more"])
            self.assertEqual(page["statements"][0]["authority"]["account"]["name"], 'the "LMS" of ours')
            self.assertEqual(len(lms.request("GET", page["more"]).json()["statements"]), 1)
        self.assertEqual(self.ask("GET", "/lrs/x-1.0/about").status, 200)
        for path in ("/xapi/about", "/xapi/statements", "/lrs/about"):
            self.assertEqual(self.ask("GET", path, {"X-Experience-API-Version": "1.0.3"}).status, 404, path)

    def test_a_path_that_is_none_stops_the_start(self):
        for path in ("xapi", "/", "/xapi/", "/a//b", "/a b", "/x?y", "/x\u00e4pi"):
            w = xapi_store.put_secret(self.make(**xapi_store.options(more=f"path = {path}\n")))
            done = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 1, path)
            self.assertIn("path is not like /xapi", done.stderr)

    def test_options_that_are_wrong_leave_the_running_configuration(self):
        w = self.make_store()
        for option, said in (("path = xapi", "path is not like /xapi"), ("groups = course", "groups: ")):
            w.config.write_text(w.config.read_text() + f"{option}\n")
            w.process.send_signal(signal.SIGHUP)
            w.wait_for(lambda: re.search(f"lms.: {said}.*; the running configuration stays", w.read_log()), "nothing is said of it")
            with Lms(w) as lms:
                self.assertEqual(lms.send(statement()).status, 200)
            w.config.write_text(w.config.read_text().replace(f"{option}\n", ""))

    def test_attached_bytes_come_back(self):
        w = self.make_store()
        data = os.urandom(300000) + b"\r\n--cut\r\n\r\n"
        digest = hashlib.sha256(data).hexdigest()
        attachment = {"usageType": "http://example.com/photo", "display": {"en": "A photo"}, "contentType": "image/png",
                      "length": len(data), "sha2": digest}
        body = (b"--cut here\r\nContent-Type: application/json\r\n\r\n" + json.dumps(statement(attachments=[attachment])).encode() +
                b"\r\n--cut here\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " +
                digest.encode() + b"\r\n\r\n" + data + b"\r\n--cut here--\r\n")
        with Lms(w) as lms:
            answer = lms.request("POST", "/xapi/statements", body, {"Content-Type": 'multipart/mixed; boundary="cut here"'})
            self.assertEqual(answer.status, 200, answer.body)
            answer = lms.get(statementId=answer.json()[0], attachments="true")
            kind, boundary = answer.headers["Content-Type"].split("; boundary=")
            self.assertEqual(kind, "multipart/mixed")
            self.assertIn(digest.encode(), answer.body)
            self.assertTrue(answer.body.endswith(b"\r\n\r\n" + data + f"\r\n--{boundary}--\r\n".encode()))

    def test_a_page_is_no_larger_than_can_be_read(self):
        """Each of these is 1.5 MiB: a page ends where it would become too large, and the next one goes on."""
        w = self.make_store()
        sent = [statement(id=str(uuid.uuid4()), result={"response": str(i) * (3 << 19)}) for i in range(5)]
        with Lms(w) as lms:
            for one in sent:
                self.assertEqual(lms.send(one).status, 200)
            for ascending in ("true", "false"):
                answer = lms.get(ascending=ascending)
                self.assertTrue(answer.json()["more"])
                self.assertLess(len(answer.body), 5 << 20)
                found = [one["id"] for one in lms.all(ascending=ascending)]
                self.assertEqual(found, [one["id"] for one in (sent if ascending == "true" else sent[::-1])])

    def test_what_was_taken_and_what_was_known_is_counted(self):
        w = self.make_store()
        one, other = (statement(id=str(uuid.uuid4())) for _ in range(2))
        with Lms(w) as lms:
            for statements, status, accepted, duplicate in (([one], 200, 1, 0), ([one, other], 200, 2, 1),
                                                            ([statement(), {**one, "result": {"success": True}}], 409, 2, 1), ([], 200, 2, 1)):
                self.assertEqual(lms.send(statements).status, status)
                feed = w.get("/v1/feeds").json()["feeds"][0]
                self.assertEqual((feed["accepted"], feed["duplicate"]), (accepted, duplicate))
            self.assertEqual(len(lms.all()), 2)

    def test_status_says_how_many_are_kept_of_which_feed_and_since_when(self):
        w = self.make_store(more=OTHER + "[feed survey]\nplugin = survey\ninstrument = m\n")
        store = w.get("/v1/status").json()["store"]
        self.assertEqual((store["events"], store["events_since"]), (0, None))
        self.assertRegex(w.run("status").stdout, "events +0 kept; feed lms \\(xapi\\) has taken 0; feed other \\(xapi\\) has taken 0 *\n")
        with Lms(w) as lms:
            self.assertEqual(lms.send([statement(), statement("bas@school.example"), statement("bas@school.example")]).status, 200)
            stored = min(one["stored"] for one in lms.all())
        store = w.get("/v1/status").json()["store"]
        self.assertEqual((store["events"], store["events_since"], store["rows"]), (3, stored, 0))
        said = w.run("forget", "mailto:bas@school.example")
        self.assertEqual(said.returncode, 0, said.stderr)
        w.stop()
        w.start()
        self.assertEqual(w.get("/v1/status").json()["store"]["events"], 1)
        said = w.run("status").stdout
        self.assertRegex(said, f"store +0 responses, 1 events, ")
        self.assertRegex(said, f"events +1 kept since {stored}; feed lms \\(xapi\\) has taken 3, the last at 20[^ ]*Z; feed other")
        self.assertNotIn("survey", said)


if __name__ == "__main__":
    unittest.main()
