# SPDX-License-Identifier: GPL-3.0-or-later
"""What the head of a request may not say. Where a server in front takes a request for longer or shorter than wijzerd does, what one
sends becomes the next request of another (RFC 9112, 11.2)."""
import json
import unittest

from test_http_plugin import HttpTest, basic
from wijzer_daemon import UnixConnection

NEXT = b"GET /echo/next HTTP/1.1\r\nHost: wijzer\r\n\r\n"


class Heads(HttpTest):
    @classmethod
    def lines(cls, target, *lines, method="POST"):
        known = [f"Authorization: {basic()['Authorization']}", "Host: wijzer"]
        return "\r\n".join((f"{method} {target} HTTP/1.1", *known, *lines, "", "")).encode()

    def ask(self, w, sent, tcp=False):
        """All that is answered until wijzerd hangs up."""
        connection = self.raw(w, tcp)
        connection.sendall(sent)
        received = b""
        while True:
            piece = connection.recv(10000)
            if not piece:
                return received
            received += piece

    def assert_refused(self, answer, word, target):
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 400 "), answer)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, "what follows is no request")
        self.assertIn(b"\r\nConnection: close", head)
        self.assertIn(word, json.loads(body)["detail"])
        self.assertEqual(b"\r\nX-Echo: by the host" in head, target.startswith("/echo"), head)

    def test_a_length_that_is_said_in_two_ways_is_refused_and_nothing_after_it_is_heard(self):
        w = self.over_tcp()
        for lines, word in ((("Content-Length: 5", "Content-Length: 0"), "Content-Length"),
                            (("content-length: 0", "X: y", "CONTENT-LENGTH: 5"), "Content-Length"),
                            (("Content-Length: 5", "Content-Length: 5"), "Content-Length"),
                            (("Transfer-Encoding: chunked", "Content-Length: 5"), "Transfer-Encoding"),
                            (("Content-Length: 5", "transfer-encoding: chunked"), "Transfer-Encoding"),
                            (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "Transfer-Encoding"),
                            (("Transfer-Encoding: chunked, identity",), "Transfer-Encoding"),
                            (("Transfer-Encoding: gzip",), "Transfer-Encoding"),
                            # RFC 9112, 5.1, 5.2 and 2.2.
                            (("Content-Length : 5",), "blank before the colon"),
                            (("Transfer-Encoding : chunked", "Content-Length: 5"), "blank before the colon"),
                            (("Content-Length: 5", " 0"), "folded"),
                            (("Transfer-Encoding:", " chunked"), "folded"),
                            (("X: 5", "\tContent-Length: 5"), "folded"),
                            (("X: 5\rContent-Length: 5",), "a header is no line")):
            for target, tcp in (("/echo", False), ("/echo", True), ("/v1/feeds/lms", False), ("/v1/status", False), ("/", True)):
                with self.subTest(lines=lines, target=target, tcp=tcp):
                    self.assert_refused(self.ask(w, self.lines(target, *lines) + NEXT, tcp), word, target)
        self.assertEqual(w.get("/v1/status").status, 200)

    def test_one_length_is_as_good_as_ever(self):
        w = self.run_with()
        close = "Connection: close"
        for lines, body in ((("content-length: 5",), b"12345"), (("Transfer-Encoding: Chunked",), b"5\r\n12345\r\n0\r\n\r\n")):
            answer = self.ask(w, self.lines("/echo?size", close, *lines) + body)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n5"), answer)


class Targets(HttpTest):
    def test_a_path_ends_where_it_ends(self):
        w = self.over_tcp()
        for target in ("/echo%00x", "/echo%00", "/%00/echo", "/echo/a%00b?size"):
            for ask in (w.request, lambda *question: self.ask_tcp(w, *question)):
                answer = ask("GET", target, None, basic())
                self.assertEqual(answer.status, 400, target)
                self.assertIn("%00", answer.json()["detail"])
        for target in ("/v1/status%00", "/v1/status%00x", "/v1/indicators/a%00b", "/v1/groups?level=a%00b", "/v1/groups?level%00=a"):
            answer = w.get(target)
            self.assertEqual(answer.status, 400, target)
            self.assertIn("%00", answer.json()["detail"])

    def test_the_connection_goes_on_and_the_body_is_none_of_the_next_request(self):
        w = self.run_with()
        connection = UnixConnection(w.socket)
        self.addCleanup(connection.close)
        for target, status in (("/echo%00", 400), ("/echo", 200)) * 2:
            connection.request("POST", target, NEXT, basic())
            response = connection.getresponse()
            self.assertEqual(response.status, status)
            response.read()

    def test_what_only_looks_like_it_is_left_alone(self):
        w = self.run_with()
        self.assertIn(b"GET /echo/%00?x=%00\n", w.get("/echo/%2500?x=%00", basic()).body)


if __name__ == "__main__":
    unittest.main()
