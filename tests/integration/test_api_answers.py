# SPDX-License-Identifier: GPL-3.0-or-later
"""What every answer of /v1 has: entity tags and what is asked of them (RFC 9110, 13.1.2), HEAD, methods, and problems (RFC 9457)."""
import contextlib
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, UnixConnection, WijzerTest, rows


class Answers(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.start()

    def test_who_has_it_already_is_not_sent_it_again(self):
        w, path = self.w, "/v1/groups"
        first = w.get(path)
        tag = first.headers["ETag"]
        self.assertRegex(tag, r'^"[!#-~]+"$')
        self.assertEqual(w.get(path).headers["ETag"], tag)
        for wanted, status in ((tag, 304), ("W/" + tag, 304), (f'"other", {tag}', 304), ("*", 304), ('"other"', 200), ("", 200)):
            for method in ("GET", "HEAD"):
                with self.subTest(wanted, method=method):
                    answer = w.request(method, path, None, {"If-None-Match": wanted})
                    self.assertEqual(answer.status, status)
                    self.assertEqual(answer.body, first.body if status == 200 and method == "GET" else b"")
                    self.assertEqual((answer.headers["ETag"], answer.headers["Cache-Control"]), (tag, "no-cache"))
                    # RFC 9110, 8.6: the length is that of the content which a 200 would have had.
                    self.assertEqual(int(answer.headers["Content-Length"]), len(first.body))
        w.post("m", HEADING + "".join(rows(f"T{i}", 5) for i in range(3)))
        w.wait_until_current()
        changed = w.get(path, {"If-None-Match": tag})
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers["ETag"], tag)

    def test_nothing_follows_the_head_of_what_was_not_sent_again(self):
        tag = self.w.get("/v1/groups").headers["ETag"]
        with contextlib.closing(UnixConnection(self.w.socket)) as connection:
            for headers, status in (({"If-None-Match": tag}, 304), ({}, 200)) * 2:  # a body would be read as the next answer
                connection.request("GET", "/v1/groups", headers=headers)
                response = connection.getresponse()
                self.assertEqual((response.status, response.headers["ETag"]), (status, tag))
                response.read()

    def test_only_what_was_read_has_a_tag(self):
        for answer in (self.w.get("/v1/nothing"), self.w.get("/v1/groups?limit=x"), self.w.post("m", HEADING + rows("T1", 5)),
                       self.w.request("POST", "/v1/rebuild/check", None, {"If-None-Match": "*"})):
            self.assertNotEqual(answer.status, 304)
            self.assertNotIn("ETag", answer.headers)

    def test_head_has_the_headers_of_get(self):
        for path in ("/v1/groups", "/v1/feeds", "/v1/nothing"):
            get, head = self.w.get(path), self.w.request("HEAD", path)
            self.assertEqual((head.status, head.body), (get.status, b""), path)
            for name in ("Content-Length", "Content-Type", "ETag"):
                self.assertEqual(head.headers[name], get.headers[name], path)
            self.assertEqual(int(head.headers["Content-Length"]), len(get.body))

    def test_a_method_that_is_none_is_told_which_there_are(self):
        for method, path, allow in (("DELETE", "/v1/status", "GET, HEAD"), ("PUT", "/v1/feeds/m", "POST"),
                                    ("POST", "/v1/feeds/m/quarantine", "GET, HEAD, DELETE"), ("GET", "/v1/forget", "POST")):
            answer = self.w.request(method, path)
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, allow), path)
            self.assertIn(allow, answer.json()["detail"])

    def test_problems_say_what_is_wrong_and_where(self):
        for path, status, title, word in (("/v1/nothing", 404, "Not Found", "/v1/groups"), ("/nothing", 404, "Not Found", "/v1/groups"),
                                          ("/v1/groups?levl=team", 400, "Bad Request", "did you mean 'level'"),
                                          ("/v1/groups?x=1", 400, "Bad Request", "unknown parameter 'x'"),
                                          ("/v1/status?limit=1", 400, "Bad Request", "unknown parameter 'limit'")):
            answer = self.w.get(path)
            problem = answer.json()
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), path)
            self.assertIn(word, problem.pop("detail"))
            self.assertEqual(problem, {"type": "about:blank", "title": title, "status": status, "instance": path.partition("?")[0]})


if __name__ == "__main__":
    unittest.main()
