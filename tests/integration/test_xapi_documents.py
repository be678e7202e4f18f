# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of xAPI as a program sends them: whoever writes at once loses nothing, and they go with their person."""
import base64
import concurrent.futures
import email.utils
import hashlib
import json
import time
import unittest
import urllib.parse

from wijzer_daemon import WijzerTest

SECRET = "0123456789abcdef"
FEED = "[feed lms]\nplugin = xapi\nkey = moodle\nsecret_file = lms.secret\n"
HEADERS = {"Authorization": "Basic " + base64.b64encode(f"moodle:{SECRET}".encode()).decode(),
           "X-Experience-API-Version": "1.0.3"}


def agent(address):
    return json.dumps({"mbox": "mailto:" + address})


def target(resource, **parameters):
    return f"/xapi/{resource}?" + urllib.parse.urlencode(parameters)


def state(address, **more):
    return target("activities/state", activityId="https://lms.example/course/1", agent=agent(address), **more)


class Documents(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED)
        secret = w.folder / "lms.secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        return w.start()

    def send(self, w, method, path, body=None, **headers):
        return w.request(method, path, body,
                         {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}})

    def expect(self, status, w, *request, **headers):
        answer = self.send(w, *request, **headers)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def test_forty_merge_into_one_document_at_once(self):
        w = self.begin()
        path = state("anna@school.example", stateId="bookmark")

        def merge(number):
            return self.send(w, "POST", path, json.dumps({f"from{number}": number}),
                             Content_Type="application/json").status

        with concurrent.futures.ThreadPoolExecutor(40) as threads:
            self.assertEqual(list(threads.map(merge, range(40))), [204] * 40)
        self.assertEqual(self.expect(200, w, "GET", path).json(), {f"from{n}": n for n in range(40)})

    def test_what_was_accepted_is_there_after_a_kill_and_keeps_its_tag(self):
        w = self.begin()
        path = target("activities/profile", activityId="https://lms.example/course/1", profileId="p")
        body, begun = bytes(range(256)) * 1000, time.time()
        self.expect(204, w, "PUT", path, body, Content_Type="image/x-odd; a=b", If_None_Match="*")
        w.kill()
        w.start()
        answer = self.expect(200, w, "GET", path)
        self.assertEqual(answer.body, body)
        written = email.utils.parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()
        self.assertTrue(begun - 1 < written <= time.time(), answer.headers["Last-Modified"])
        self.assertEqual(answer.headers["Content-Type"], "image/x-odd; a=b")
        tag = '"' + hashlib.sha1(body).hexdigest() + '"'
        self.assertEqual(answer.headers["ETag"], tag)
        self.expect(409, w, "PUT", path, b"new")
        self.expect(412, w, "PUT", path, b"new", If_Match='"0"')
        unchanged = self.expect(304, w, "GET", path, If_None_Match=tag)
        # RFC 9110, 8.6: the length is that of the content which a 200 would have had.
        self.assertEqual((int(unchanged.headers["Content-Length"]), unchanged.body), (len(body), b""))
        self.assertEqual(self.expect(200, w, "HEAD", path).headers["Content-Length"], unchanged.headers["Content-Length"])
        self.expect(204, w, "PUT", path, b"new", If_Match=tag)
        self.assertEqual(self.expect(200, w, "GET", path).body, b"new")

    def test_whoever_is_forgotten_takes_the_documents_along(self):
        w = self.begin()
        for address in ("anna@school.example", "bert@school.example"):
            self.expect(204, w, "PUT", state(address, stateId="s"), b"mine")
            self.expect(204, w, "PUT", target("agents/profile", agent=agent(address), profileId="p"), b"mine",
                        If_None_Match="*")
        run = w.run("forget", "anna@school.example")
        self.assertEqual(run.returncode, 0, run)
        self.assertEqual(self.expect(200, w, "GET", state("anna@school.example")).json(), [])
        self.expect(404, w, "GET", target("agents/profile", agent=agent("anna@school.example"), profileId="p"))
        self.assertEqual(self.expect(200, w, "GET", state("bert@school.example")).json(), ["s"])
        self.expect(200, w, "GET", target("agents/profile", agent=agent("bert@school.example"), profileId="p"))


if __name__ == "__main__":
    unittest.main()
