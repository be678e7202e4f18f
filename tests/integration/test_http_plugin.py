# SPDX-License-Identifier: GPL-3.0-or-later
"""What a feed serves over HTTP: to whom, which bytes reach the plugin and which come back, and what it may cost."""
import base64
import concurrent.futures
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

from wijzer_daemon import BUILD, PATIENCE, SLOW, Answer, UnixConnection, WijzerTest, add_plugin, as_nobody, free_port

KEY, SECRET = "moodle", "correct horse battery staple"
FEED = f"[feed lms]\nplugin = http_echo\nlabel = lms\nkey = {KEY}\nsecret_file = lms.secret\n"
OTHER = "[feed other]\nplugin = http_echo\nlabel = other\nkey = brightspace\nsecret_file = other.secret\n"
MIB = 1 << 20


def basic(key=KEY, secret=SECRET):
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


class HttpTest(WijzerTest):
    def prepare(self, feeds=FEED, wijzer="", secret=SECRET):
        w = self.make(feeds=feeds, wijzer=f"plugins = plugins\n{wijzer}")
        add_plugin(w, "http_echo")
        self.write_secret(w, secret)
        self.write_secret(w, "a secret of the other feed", "other.secret")
        return w

    def write_secret(self, w, secret, name="lms.secret"):
        file = w.folder / name
        file.touch(mode=0o600)
        file.write_text(f"{secret}\n")

    def run_with(self, **options):
        return self.prepare(**options).start()

    def over_tcp(self, **options):
        port = free_port()
        w = self.run_with(wijzer=f"listen = 127.0.0.1:{port}\n", **options)
        w.port = port
        return w

    def ask_tcp(self, w, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", w.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def raw(self, w, tcp=False):
        if tcp:
            connection = socket.create_connection(("127.0.0.1", w.port), timeout=PATIENCE)
        else:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(PATIENCE)
            connection.connect(str(w.socket))
        self.addCleanup(connection.close)
        return connection

    def head(self, method="GET", target="/echo", **headers):
        lines = {**basic(), "Host": "wijzer", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return (f"{method} {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in lines.items()) + "\r\n").encode()

    def begin_large(self, w, sent=MIB):
        """Somebody who says that 16 MiB come, and leaves off before."""
        connection = self.raw(w, tcp=True)
        connection.settimeout(PATIENCE)
        connection.sendall(self.head("POST", "/echo?size", Content_Length=str(16 * MIB)) + b"x" * sent)
        return connection

    def resident(self, w):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{w.process.pid}/status").read_text())[1]) / 1024


class Requests(HttpTest):
    def test_every_method_reaches_the_plugin(self):
        w = self.run_with()
        for method in ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "REPORT"):
            answer = w.request(method, "/echo/a%20b?x=%26&y", b"body" if method in ("PUT", "POST", "PATCH") else None, basic())
            self.assertEqual(answer.status, 200, method)
            self.assertTrue(answer.body.startswith(f"{method} /echo/a b?x=%26&y\n".encode()), answer.body)
            self.assertEqual(answer.body.endswith(b"\n\nbody"), method in ("PUT", "POST", "PATCH"), answer.body)

    def test_headers_go_both_ways_and_no_others_come_back(self):
        w = self.run_with()
        sent = {**basic(), "X-Experience-API-Version": "1.0.3", "If-None-Match": "*", "Content-Type": "application/json"}
        answer = w.request("PUT", "/echo", b"{}", sent)
        for name, value in sent.items():
            self.assertIn(f"{name}: {value}\n".encode(), answer.body)
        self.assertIn(b"[application/json]\n", answer.body)
        self.assertEqual({name.lower() for name in answer.headers},
                         {"content-type", "x-echo", "x-feed", "content-length", "date", "x-two", "x-three", "x-four"})
        self.assertEqual(answer.headers["X-Feed"], "lms")
        self.assertEqual(int(answer.headers["Content-Length"]), len(answer.body))
        self.assertIn("feed lms: the header X-Broken of an answer cannot be sent", w.read_log())

    def test_what_the_host_answers_has_the_header_of_the_plugin(self):
        w = self.run_with()
        for answer in (w.get("/echo"), w.get("/echo", basic(secret="wrong")), w.request("PUT", "/echo/about"),
                       w.request("POST", "/echo", b"x" * (17 * MIB), basic()), w.get("/echo?status=99", basic())):
            self.assertGreaterEqual(answer.status, 400)
            self.assertEqual(answer.headers.get_all("X-Echo"), ["by the host"])
            self.assertEqual([answer.headers[f"X-{name}"] for name in ("Two", "Three", "Four", "Five")], ["2", "3", "4", None])
        self.assertEqual(w.get("/echo", basic()).headers.get_all("X-Echo"), ["yes"])
        for path in ("/v1/status", "/echoes"):
            self.assertNotIn("X-Echo", w.get(path, basic()).headers)

    def test_head_has_the_length_of_what_is_not_sent(self):
        w = self.run_with()
        connection = self.raw(w)
        connection.sendall(self.head("HEAD", "/echo?bytes=12345") + self.head("GET", "/echo?bytes=3"))
        received = b""
        while not received.endswith(b"\r\n\r\nxxx"):
            piece = connection.recv(10000)
            self.assertTrue(piece, received)
            received += piece
        first, second, body = received.split(b"\r\n\r\n")
        self.assertIn(b"Content-Length: 12345", first)
        self.assertIn(b"Content-Length: 3", second)

    def test_answers_without_a_body_have_none(self):
        w = self.run_with()
        connection = UnixConnection(w.socket)
        for status in (204, 304, 200):  # on one connection: what is too much would be taken for the next answer
            connection.request("GET", f"/echo?status={status}", headers=basic())
            response = connection.getresponse()
            self.assertEqual(response.status, status)
            self.assertEqual(bool(response.read()), status == 200)
        connection.close()

    def test_a_status_that_is_none_is_an_error(self):
        self.assertEqual(self.run_with().get("/echo?status=42", basic()).status, 500)

    def test_large_answers_are_whole(self):
        w = self.over_tcp()
        self.assertEqual(self.ask_tcp(w, "GET", f"/echo?bytes={20 * MIB}", headers=basic()).body, b"x" * 20 * MIB)

    def test_requests_in_a_row_are_answered_in_order(self):
        w = self.over_tcp()
        for tcp in (False, True):
            connection = self.raw(w, tcp)
            connection.sendall(b"".join(self.head(target=f"/echo?bytes={n}") for n in range(100, 150)))
            stream = connection.makefile("rb")
            for n in range(100, 150):
                self.assertEqual(stream.readline(), b"HTTP/1.1 200 OK\r\n")
                while stream.readline() != b"\r\n":
                    pass
                self.assertEqual(stream.read(n), b"x" * n)

    def test_one_request_may_answer_others(self):
        """From inside its own handling, and more than once."""
        w = self.run_with()
        for _ in range(5):
            with concurrent.futures.ThreadPoolExecutor(20) as threads:
                held = [threads.submit(w.get, "/echo?hold", basic()) for _ in range(20)]
                while not all(one.done() for one in held):
                    self.assertEqual(w.get("/echo?free", basic()).status, 200)
                self.assertEqual({one.result().body for one in held}, {b"held"})


class Bodies(HttpTest):
    def test_a_body_in_pieces_is_whole(self):
        w = self.run_with()
        pieces = [b"a" * n for n in (1, 70000, 5)]
        connection = UnixConnection(w.socket)
        connection.request("POST", "/echo?size", iter(pieces), basic(), encode_chunked=True)
        self.assertEqual(connection.getresponse().read(), b"70006")
        connection.close()

    def test_who_asks_whether_to_go_on_is_told(self):
        w = self.run_with()
        connection = self.raw(w)
        connection.sendall(self.head("POST", "/echo?size", Content_Length="5", Expect="100-continue"))
        self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"12345")
        self.assertTrue(connection.recv(1000).endswith(b"\r\n\r\n5"))
        for target, headers, status in (("/echo", {"Content_Length": str(17 * MIB)}, b"413"),
                                        ("/echo", {"Content_Length": "5", "Authorization": "Basic eA=="}, b"401")):
            connection = self.raw(w)
            connection.sendall(self.head("POST", target, Expect="100-continue", **headers))
            self.assertEqual(connection.recv(12), b"HTTP/1.1 " + status)

    def test_sixteen_mebibytes_are_taken_and_no_more(self):
        w = self.over_tcp()
        self.assertEqual(w.request("POST", "/echo?size", b"x" * 16 * MIB, basic()).body, str(16 * MIB).encode())
        for body in (b"x" * (16 * MIB + 1), iter([b"x" * MIB] * 17)):
            answer = w.request("POST", "/echo?size", body, basic())
            self.assertEqual(answer.status, 413)
            self.assertIn(str(16 * MIB), answer.json()["detail"])
        before = self.resident(w) if SLOW == 1 else float("inf")  # sanitizers keep memory of their own
        for ask in (lambda *a: w.request(*a), lambda *a: self.ask_tcp(w, *a)):
            for body in (b"x" * 100 * MIB, iter([b"x" * MIB] * 100)):
                self.assertEqual(ask("POST", "/echo?size", body, basic()).status, 413)
        self.assertLess(self.resident(w), before + 20)

    def test_what_has_no_end_is_cut_off(self):
        w = self.run_with()
        connection = self.raw(w)
        connection.sendall(self.head("POST", "/echo", Content_Length=str(1 << 40)))
        self.assertEqual(connection.recv(12), b"HTTP/1.1 413")
        connection = self.raw(w)
        connection.sendall(self.head("POST", "/echo", Transfer_Encoding="chunked", Authorization="none"))
        with self.assertRaises(OSError):
            for _ in range(1000):
                connection.sendall(b"100000\r\n" + b"x" * MIB + b"\r\n")

    def test_many_slow_bodies_stay_bounded(self):
        w = self.over_tcp()
        before = self.resident(w) if SLOW == 1 else float("inf")
        slow, finish = [self.raw(w, tcp=True) for _ in range(60)], threading.Event()

        def send(connection):  # all but the last of 8 MiB, and that when nobody waits any more
            connection.settimeout(PATIENCE)
            connection.sendall(self.head("POST", "/echo?size", Content_Length=str(8 * MIB)) + b"x" * (8 * MIB - 1))
            finish.wait(PATIENCE)
            connection.sendall(b"x")
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response)

        with concurrent.futures.ThreadPoolExecutor(len(slow)) as threads:
            answers = [threads.submit(send, connection) for connection in slow]
            for round_trip in range(3):  # small ones are taken meanwhile
                self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 1000, basic()).body, b"1000")
            w.wait_for(lambda: w.request("POST", "/echo?size", b"x" * MIB, basic()).status == 503,  # once the others are in line
                       "there is always room")
            self.assertLess(self.resident(w), before + 45)
            finish.set()
            answers = [answer.result() for answer in answers]
        taken = [answer.body for answer in answers if answer.status == 200]
        # Of 32 MiB those in line have up to 64 KiB each; on a busy machine some are in line yet when others are done.
        self.assertGreaterEqual(len(taken), (32 * MIB - len(slow) * 64 * 1024) // (8 * MIB))
        self.assertEqual(set(taken), {str(8 * MIB).encode()})
        for answer in answers:
            self.assertTrue(answer.status == 200 or answer.status == 503 and answer.headers["Retry-After"] == "1", answer.status)
        self.assertEqual(w.request("POST", "/echo?size", b"x" * 16 * MIB, basic()).status, 200)  # the room is back

    def test_large_bodies_wait_for_each_other(self):
        w = self.over_tcp()
        bodies = [body for _ in range(8) for body in (b"x" * 10 * MIB, iter([b"x" * MIB] * 10))]  # the size is told before, or not
        with concurrent.futures.ThreadPoolExecutor(len(bodies)) as threads:
            answers = list(threads.map(lambda body: self.ask_tcp(w, "POST", "/echo?size", body, basic()), bodies))
        self.assertEqual([(answer.status, answer.body) for answer in answers], [(200, str(10 * MIB).encode())] * 16)

    def end_large(self, connection, left):
        connection.sendall(b"x" * left)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response)

    def test_who_stalls_gives_way_to_others(self):
        w = self.over_tcp()
        stalled = [self.begin_large(w) for _ in range(2)]
        time.sleep(0.5 * SLOW)
        begun = time.monotonic()
        self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 10 * MIB, basic()).body, str(10 * MIB).encode())
        self.assertLess(time.monotonic() - begun, 8 * SLOW)  # they have 5 s
        answers = [self.end_large(connection, 15 * MIB) for connection in stalled]
        self.assertEqual(sorted(answer.status for answer in answers), [200, 503])  # one was enough
        refused, = (answer for answer in answers if answer.status == 503)
        self.assertEqual(refused.headers["Retry-After"], "1")
        self.assertIn("too slowly", refused.json()["detail"])
        self.assertEqual(w.request("POST", "/echo?size", b"x" * 16 * MIB, basic()).status, 200)

    def test_who_brings_little_gives_way_too(self):
        """A piece now and then keeps no room for ever."""
        w = self.over_tcp()
        dripping = [self.begin_large(w) for _ in range(2)]
        stop = threading.Event()

        def drip():
            while not stop.wait(0.2):
                for connection in dripping:
                    connection.sendall(b"x" * 1000)

        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            dropping = threads.submit(drip)
            time.sleep(0.5 * SLOW)
            try:
                self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 10 * MIB, basic()).status, 200)
            finally:
                stop.set()
            dropping.result()

    def send_steadily(self, connection, pieces):
        """Slow, but not too slow."""
        for _ in range(pieces):
            time.sleep(0.5 * SLOW)
            connection.sendall(b"x" * (MIB // 8))
        return self.end_large(connection, 0)

    def test_who_keeps_sending_has_the_room_to_the_end(self):
        """And others are in line, who are told so in the end."""
        w = self.over_tcp()
        slow = [self.begin_large(w, sent=13 * MIB) for _ in range(2)]
        with concurrent.futures.ThreadPoolExecutor(3) as threads:
            answers = [threads.submit(self.send_steadily, connection, 24) for connection in slow]
            time.sleep(0.2 * SLOW)
            waiting = threads.submit(self.ask_tcp, w, "POST", "/echo?size", b"x" * 10 * MIB, basic())
            self.assertEqual([answer.result().body for answer in answers], [str(16 * MIB).encode()] * 2)
            self.assertEqual(waiting.result().status, 503)

    def test_who_stalls_gives_way_beside_one_who_keeps_sending(self):
        w = self.over_tcp()
        for steady_is_first in (True, False):
            with self.subTest(steady_is_first=steady_is_first), concurrent.futures.ThreadPoolExecutor(2) as threads:
                senders = [self.begin_large(w, sent=14 * MIB) for _ in range(2)]
                steady, stalled = senders if steady_is_first else senders[::-1]
                answer = threads.submit(self.send_steadily, steady, 16)
                time.sleep(0.2 * SLOW)
                self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 10 * MIB, basic()).status, 200)
                self.assertEqual(answer.result().status, 200)
                self.assertEqual(self.end_large(stalled, 2 * MIB).status, 503)

    def test_who_is_slow_keeps_the_room_where_nobody_waits(self):
        w = self.over_tcp()
        connection = self.begin_large(w)
        time.sleep(7)
        self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 10 * MIB, basic()).status, 200)  # there is room for both
        self.assertEqual(self.end_large(connection, 15 * MIB).status, 200)

    def test_many_who_read_slowly_stay_bounded(self):
        w = self.run_with()
        before = self.resident(w) if SLOW == 1 else float("inf")
        slow = [self.raw(w) for _ in range(40)]
        for connection in slow:
            connection.sendall(self.head("GET", f"/echo?bytes={8 * MIB}"))
        self.assertEqual(w.get(f"/echo?bytes={MIB}", basic()).status, 200)
        answers = [connection.recv(2000) for connection in slow]
        self.assertLess(self.resident(w), before + 32 + 16)
        self.assertEqual([answer[:12] for answer in answers].count(b"HTTP/1.1 200"), 32 // 8)
        for answer in answers:
            self.assertTrue(b" 200 " in answer or b" 503 " in answer and b"Retry-After: 1" in answer, answer)
        for connection in slow:
            connection.close()
        w.wait_for(lambda: w.get(f"/echo?bytes={8 * MIB}", basic()).status == 200, "the room is not back")


class Credentials(HttpTest):
    def assert_refused(self, answer, word=""):
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.headers["WWW-Authenticate"], 'Basic realm="wijzer", charset="UTF-8"')
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertIn(word, answer.json()["detail"])

    def test_only_the_key_with_its_secret_opens(self):
        w = self.over_tcp()
        good = basic()["Authorization"]
        for ask in (w.request, lambda *a, **k: self.ask_tcp(w, *a, **k)):
            self.assertEqual(ask("GET", "/echo", headers=basic()).status, 200)
            self.assertEqual(ask("GET", "/echo", headers={"Authorization": good.replace("Basic", "bAsIC")}).status, 200)
            self.assertEqual(ask("GET", "/echo", headers={"Authorization": good.rstrip("=")}).status, 200)
            self.assert_refused(ask("GET", "/echo"), "key and the secret")
            for key, secret in ((KEY, "wrong"), (KEY, ""), ("", SECRET), ("", ""), ("other", SECRET), (KEY, SECRET + "x"),
                                (KEY, SECRET[:-1]), (SECRET, KEY), (KEY + ":x", SECRET), (KEY.upper(), SECRET)):
                self.assert_refused(ask("POST", "/echo", b"body", headers=basic(key, secret)), "no feed")
            for garbled in ("Basic", "Basic ", "Basic %%%", "Basic " + "A" * 9000, f"Bearer {good[6:]}", good + "*", good[:-3],
                            "Basic " + base64.b64encode(b"no colon").decode(), "Basic " + base64.b64encode(b"moodle:\0x").decode()):
                self.assert_refused(ask("GET", "/echo", headers={"Authorization": garbled}))
        log = w.read_log()
        self.assertNotIn(SECRET, log)
        self.assertEqual(log.count("feed lms: 1 request with its key and a wrong secret was refused"), 1, log)
        self.assertEqual(log.count("with the key of no feed"), 1, log)
        self.assertNotIn("short enough to be guessed", log)

    @unittest.skipUnless(os.getuid() == 0, "only root can be somebody else")
    def test_the_key_is_enough_for_whoever_has_it(self):
        w = self.run_with()
        with as_nobody(w):
            self.assertEqual(w.request("POST", "/echo", b"x", basic()).status, 200)
            self.assert_refused(w.request("POST", "/echo", b"x"))
            self.assertEqual(w.request("POST", "/v1/feeds/lms", b"x", basic()).status, 403)

    def test_a_form_may_say_in_a_field_who_sends_it(self):
        w = self.over_tcp()
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}

        def post(fields, headers=form):
            return self.ask_tcp(w, "POST", "/echo?method=PUT", urllib.parse.urlencode(fields), headers)
        good = [("statementId", "1"), ("Authorization", basic()["Authorization"]), ("content", "a&b=" * 1000)]
        answer = post(good)
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.body.endswith(urllib.parse.urlencode(good).encode()))
        self.assertEqual(post(good[1:2]).status, 200)
        self.assertEqual(post(good[::-1]).status, 200)
        for fields in ([], good[:1], [("XAuthorization", good[1][1])], [("Authorization", "")], [("Authorization", basic(KEY, "wrong")["Authorization"])],
                       [("content", f"&Authorization={good[1][1]}")]):
            self.assert_refused(post(fields))
        self.assert_refused(post(good, {**form, "Authorization": "Basic eDp5"}))  # the header is what counts
        for kind in ("text/plain", form["Content-Type"].replace(";", "-not;"), form["Content-Type"].replace("x-www", "x-mmm")):
            self.assert_refused(post(good, {"Content-Type": kind}))
        self.assertEqual(post(good, {"Content-Type": "Application/X-WWW-Form-Urlencoded"}).status, 200)
        self.assert_refused(self.ask_tcp(w, "PUT", "/echo", urllib.parse.urlencode(good), form))
        self.assertEqual(post(good + [("more", "x" * 70000)]).status, 413)
        self.assertEqual(self.ask_tcp(w, "POST", "/echo", iter([b"Authorization=x&", b"y" * 70000]), form).status, 413)
        self.assertEqual(post(good + [("more", "x" * 70000)], {**form, **basic()}).status, 200)

    def test_only_a_preflight_comes_without(self):
        w = self.over_tcp()
        asking = {"Origin": "https://lessons.example", "Access-Control-Request-Method": "PUT"}
        self.assertEqual(self.ask_tcp(w, "OPTIONS", "/echo/a", headers=asking).status, 200)
        for method, body, headers in (("OPTIONS", None, {}), ("OPTIONS", None, {"Origin": "https://lessons.example"}), ("GET", None, asking),
                                      ("POST", b"x", asking), ("OPTIONS", b"x", asking), ("OPTIONS", iter([b"x"]), asking),
                                      ("OPTIONS", None, {**asking, **basic(KEY, "wrong")})):
            self.assert_refused(self.ask_tcp(w, method, "/echo", body, headers))
        self.assertEqual(self.ask_tcp(w, "OPTIONS", "/v1/status", headers=asking).status, 401)

    def test_what_is_served_openly_can_be_read_by_anybody(self):
        w = self.over_tcp(feeds=FEED + OTHER)
        for path, status in (("/echo/about", 200), ("/echo/about/more", 200), ("/echo/abouts", 401), ("/echo", 401)):
            with self.subTest(path):
                self.assertEqual(self.ask_tcp(w, "GET", path).status, status)
                self.assertEqual(self.ask_tcp(w, "HEAD", path).status, status)
                self.assertEqual(w.get(path).status, status)
        self.assert_refused(self.ask_tcp(w, "POST", "/echo/about", b"x"))

    def test_keys_and_secrets_may_be_in_any_language_and_secrets_hold_colons(self):
        w = self.run_with(feeds=FEED.replace(KEY, "grünë ключ"), secret="a:b:ü €uro geheim")
        self.assertEqual(w.get("/echo", basic("grünë ключ", "a:b:ü €uro geheim")).status, 200)
        self.assert_refused(w.get("/echo", basic("grünë ключ", "a:b:u €uro geheim")))
        for _ in range(2):
            self.assert_refused(w.get("/echo", {"Authorization": "Basic %%%"}), "RFC 7617")
        self.assertEqual(w.read_log().count("/echo: 1 request without readable credentials was refused"), 1, w.read_log())

    def test_two_feeds_serve_one_path_each_for_its_key(self):
        w = self.run_with(feeds=FEED + OTHER)
        self.assertEqual(w.get("/echo", basic()).headers["X-Feed"], "lms")
        self.assertEqual(w.get("/echo", basic("brightspace", "a secret of the other feed")).headers["X-Feed"], "other")
        self.assert_refused(w.get("/echo", basic("brightspace", SECRET)))
        self.assert_refused(w.get("/echo", basic(KEY, "a secret of the other feed")))

    def test_a_key_opens_what_its_own_feed_serves(self):
        w = self.over_tcp(feeds=FEED + OTHER + "path = /other\n")
        other = basic("brightspace", "a secret of the other feed")
        for path, headers, status in (("/echo", basic(), 200), ("/other", other, 200), ("/other/a", other, 200), ("/echo", other, 401),
                                      ("/other", basic(), 401), ("/other/a", basic(), 401), ("/otherwise", other, 404)):
            with self.subTest(path=path, status=status):
                self.assertEqual(self.ask_tcp(w, "GET", path, headers=headers).status, status)

    def test_a_new_secret_holds_without_a_restart(self):
        w = self.run_with()
        self.assertEqual(w.get("/echo", basic()).status, 200)
        self.write_secret(w, "another one entirely")
        self.assert_refused(w.get("/echo", basic()))
        self.assertEqual(w.get("/echo", basic(KEY, "another one entirely")).status, 200)
        replacement = w.folder / "new"
        replacement.write_text("a third one entirely\n")  # of the same size
        replacement.chmod(0o600)
        replacement.rename(w.folder / "lms.secret")
        self.assert_refused(w.get("/echo", basic(KEY, "another one entirely")))
        self.assertEqual(w.get("/echo", basic(KEY, "a third one entirely")).status, 200)
        self.assertEqual(w.read_log().count("feed lms: it has a new secret, which holds from now on"), 2, w.read_log())
        self.assertNotIn("can be read again", w.read_log())
        self.write_secret(w, "not so long")
        self.assertEqual(w.get("/echo", basic(KEY, "not so long")).status, 200)
        self.assertEqual(w.read_log().count("feed lms: its secret is short enough to be guessed"), 1, w.read_log())

    def test_a_secret_that_is_gone_opens_nothing_and_is_told_once(self):
        w = self.run_with()
        (w.folder / "lms.secret").rename(w.folder / "away")
        for _ in range(3):
            self.assert_refused(w.get("/echo", basic()))
            self.assert_refused(w.get("/echo", basic(KEY, "")))
        self.assertEqual(w.read_log().count("every request is refused, for the secret cannot be read"), 1, w.read_log())
        self.assertNotIn("with its key and a wrong secret", w.read_log())
        feed = w.get("/v1/feeds").json()["feeds"][0]
        self.assertIn("secret_file of the feed cannot be read", feed["refusal"])
        (w.folder / "away").rename(w.folder / "lms.secret")
        self.assertEqual(w.get("/echo", basic()).status, 200)
        self.assertIn("the secret can be read again", w.read_log())

    def test_a_secret_that_goes_away_during_a_reload_stops_no_other_feed(self):
        """Between the check of the new configuration and its start, which waits for what is under way."""
        w = self.run_with(feeds=FEED + OTHER)
        other = basic("brightspace", "a secret of the other feed")
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            under_way = threads.submit(w.get, "/echo?never", other)
            w.wait_for(lambda: w.get("/v1/status").json()["ready"], "it is not ready")
            time.sleep(0.3 * SLOW)
            w.config.write_text(w.config.read_text().replace("label = other", "label = changed"))
            w.process.send_signal(signal.SIGHUP)
            w.wait_for(lambda: "starts anew" in w.read_log(), "it does not reload")
            (w.folder / "lms.secret").rename(w.folder / "away")
            self.assertEqual(under_way.result().status, 503)
        w.wait_for(lambda: w.read_log().count("ready on ") == 2, w.read_log)
        self.assertEqual(w.get("/echo", other).status, 200)
        self.assertIn("feed lms: every request is refused, for the secret cannot be read", w.read_log())
        self.assertNotIn("the one before it is used again", w.read_log())
        self.assert_refused(w.get("/echo", basic()))
        (w.folder / "away").rename(w.folder / "lms.secret")
        self.assertEqual(w.get("/echo", basic()).status, 200)
        self.assertIn("feed lms: the secret can be read again", w.read_log())

    def test_credentials_of_systemd_come_first(self):
        w = self.prepare()
        credentials = w.folder / "credentials"
        credentials.mkdir()
        (credentials / "lms.secret").write_text("of systemd, and longer")
        (credentials / "lms.secret").chmod(0o400)
        w.start(wrapper=["env", f"CREDENTIALS_DIRECTORY={credentials}"])
        self.assertEqual(w.get("/echo", basic(KEY, "of systemd, and longer")).status, 200)
        self.assert_refused(w.get("/echo", basic()))


class Configuration(HttpTest):
    def check(self, w):
        done = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stderr

    def line_of(self, w, text, which=0):
        """wijzer.conf:N, of the line that is this one."""
        lines = w.config.read_text().splitlines()
        return f"wijzer.conf:{[i for i, line in enumerate(lines, 1) if line == text][which]}: "

    def assert_wrong(self, w, *words):
        status, said = self.check(w)
        self.assertEqual(status, 1, said)
        for word in words:
            self.assertIn(word, said)

    def test_what_is_wrong_with_a_secret_is_told_with_file_and_line(self):
        w = self.prepare()
        self.assertEqual(self.check(w)[0], 0)
        secret, at = w.folder / "lms.secret", self.line_of(w, "secret_file = lms.secret") + "[feed lms]: secret_file"
        secret.chmod(0o644)
        self.assert_wrong(w, f"{at} = lms.secret: ", "chmod 600")
        secret.chmod(0o600)
        secret.write_text("\n")
        self.assert_wrong(w, at, "is empty")
        secret.unlink()
        self.assert_wrong(w, at, "No such file")

    def test_what_is_wrong_with_a_key_is_told_with_file_and_line(self):
        for feeds, line, which, words in (
                (FEED.replace(KEY, "a:b"), "key = a:b", 0, ("[feed lms]: key = a:b", "without ':'")),
                (FEED.replace(f"key = {KEY}\n", ""), "secret_file = lms.secret", 0, ("[feed lms]: secret_file is of no use without key",)),
                (FEED.replace("secret_file = lms.secret\n", ""), f"key = {KEY}", 0, ("[feed lms]: key is of no use without secret_file",)),
                (FEED + OTHER.replace("brightspace", KEY), f"key = {KEY}", 1, ("[feed other]: key = moodle is the key of [feed lms] too",))):
            w = self.prepare(feeds=feeds)
            self.assert_wrong(w, self.line_of(w, line, which) + words[0], *words[1:])

    def test_feeds_of_two_plugins_may_have_one_key(self):
        w = self.prepare(feeds=FEED + OTHER.replace("http_echo\nlabel = other", "xapi").replace("brightspace", KEY))
        shutil.copy(BUILD / "plugins" / "xapi.so", w.folder / "plugins")
        self.assertEqual(self.check(w), (0, ""))

    def test_what_serves_has_a_key_and_a_key_is_for_what_serves(self):
        without = FEED.replace(f"key = {KEY}\nsecret_file = lms.secret\n", "")
        survey = "[feed m]\nplugin = survey\ninstrument = m\nkey = x\nsecret_file = lms.secret\n"
        for feeds, plugins, line, word in ((without, "plugins", "[feed lms]", "[feed lms]: /echo is served to whoever has a key"),
                                           (survey, BUILD / "plugins", "key = x", "[feed m]: plugin 'survey' serves nothing")):
            w = self.prepare(feeds=feeds)
            w.config.write_text(w.config.read_text().replace("plugins = plugins", f"plugins = {plugins}"))
            w.start(wait=False)
            self.assertEqual(w.process.wait(PATIENCE), 1)
            w.process = None
            self.assertIn(self.line_of(w, line) + word, w.read_log())

    def test_a_path_is_no_plugins_to_take_from_wijzerd_or_another(self):
        for path in ("/v1", "/v1/status", "/", "echo"):
            w = self.prepare(feeds=FEED + f"path = {path}\n")
            w.start(wait=False)
            self.assertEqual(w.process.wait(PATIENCE), 1, path)
            w.process = None
            self.assertIn(f"feed lms: the route {path} is not a plugin's to have", w.read_log())
        w = self.prepare(feeds=FEED + OTHER.replace("http_echo\nlabel = other", "xapi\npath = /echo"))
        shutil.copy(BUILD / "plugins" / "xapi.so", w.folder / "plugins")
        w.start(wait=False)
        self.assertEqual(w.process.wait(PATIENCE), 1)
        w.process = None
        self.assertRegex(w.read_log(), "feed (lms|other): the route /echo is taken by feed (lms|other)")

    def test_only_this_machine_is_listened_to(self):
        for listen in ("0.0.0.0:8787", "192.168.1.10:8787", "[::]:8787"):
            self.assert_wrong(self.prepare(wijzer=f"listen = {listen}\n"), f"listen = {listen}: only this machine", "TLS")

    def test_a_port_that_is_taken_is_told(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            w = self.prepare(wijzer=f"listen = 127.0.0.1:{other.getsockname()[1]}\n")
            w.start(wait=False)
            self.assertEqual(w.process.wait(PATIENCE), 1)
            w.process = None
            self.assertIn("another program listens there", w.read_log())
            self.assertFalse(w.socket.exists())


class Tcp(HttpTest):
    def test_only_what_is_served_for_a_key_is_there(self):
        w = self.over_tcp()
        for method, path in (("GET", "/v1/status"), ("GET", "/v1"), ("POST", "/v1/feeds/lms"), ("POST", "/v1/forget"), ("GET", "/v1/nothing"),
                             ("DELETE", "/v1/status")):
            for headers in ({}, basic()):
                answer = self.ask_tcp(w, method, path, headers=headers)
                self.assertEqual(answer.status, 401, path)
                self.assertIn("WWW-Authenticate", answer.headers)
                self.assertIn("Unix socket", answer.json()["detail"])
        for path in ("/", "/metrics", "/ech", "/echoes", "//v1/status"):
            self.assertEqual(self.ask_tcp(w, "GET", path, headers=basic()).status, 404, path)

    def test_the_other_loopback_is_one_too(self):
        try:
            port = free_port(socket.AF_INET6, "::1")
        except OSError as reason:
            print(f"SKIPPED: no IPv6 here: {reason}", flush=True)
            self.skipTest("no IPv6")
        self.run_with(wijzer=f"listen = [::1]:{port}\n")
        connection = http.client.HTTPConnection("::1", port, timeout=PATIENCE)
        connection.request("GET", "/echo", headers=basic())
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_who_comes_over_tcp_does_not_take_the_places_of_others(self):
        w = self.over_tcp()
        kept = []
        for _ in range(128):
            kept.append(self.raw(w, tcp=True))
            kept[-1].sendall(self.head())
            self.assertEqual(kept[-1].recv(12), b"HTTP/1.1 200")
        waiting = self.raw(w, tcp=True)
        waiting.sendall(self.head())
        w.wait_for(lambda: "all 128 connections over TCP are in use" in w.read_log(), "nothing is said of the limit")
        for _ in range(20):
            self.assertEqual(w.get("/v1/status").status, 200)
        for connection in kept:
            connection.close()
        self.assertEqual(waiting.recv(12), b"HTTP/1.1 200")

    def test_a_new_configuration_listens_elsewhere(self):
        w = self.over_tcp()
        old, w.port = w.port, free_port()
        w.config.write_text(w.config.read_text().replace(f":{old}", f":{w.port}"))
        w.process.send_signal(1)
        w.wait_for(lambda: f"and 127.0.0.1:{w.port}" in w.read_log(), "it does not start anew")
        self.assertEqual(self.ask_tcp(w, "GET", "/echo", headers=basic()).status, 200)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", old), timeout=PATIENCE)


class Ends(HttpTest):
    def assert_answered_at_stop(self, w, waiting):
        time.sleep(0.5 * SLOW)
        begun = time.monotonic()
        self.assertEqual(w.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5 * SLOW)
        for one in waiting:
            answer = one.result()
            self.assertEqual((answer.status, answer.headers["Retry-After"], answer.headers["Connection"]), (503, "1", "close"))

    def test_requests_under_way_are_answered_when_it_stops(self):
        w = self.over_tcp()
        with concurrent.futures.ThreadPoolExecutor(12) as threads:
            waiting = [threads.submit(self.ask_tcp, w, "POST", path, b"x" * 100000, basic())
                       for path in ("/echo?hold", "/echo?never") for _ in range(6)]
            self.assert_answered_at_stop(w, waiting)

    def test_bodies_that_wait_for_room_are_answered_when_it_stops(self):
        w = self.over_tcp()
        for _ in range(2):
            self.begin_large(w, sent=15 * MIB)
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(self.ask_tcp, w, "POST", "/echo?size", b"x" * 10 * MIB, basic()) for _ in range(4)]
            self.assert_answered_at_stop(w, waiting)

    def test_a_body_that_finds_no_room_while_it_stops_does_not_wait(self):
        w = self.over_tcp()
        for _ in range(2):
            self.begin_large(w, sent=15 * MIB)
        late = self.begin_large(w, sent=0)
        time.sleep(0.5 * SLOW)
        begun = time.monotonic()
        w.process.terminate()
        time.sleep(0.3)
        late.sendall(b"x" * MIB)
        self.assertEqual(w.process.wait(PATIENCE), 0)
        w.process = None
        self.assertLess(time.monotonic() - begun, 3 * SLOW)  # it has a second; in line one waits for longer

    def test_a_large_answer_is_whole_when_it_stops(self):
        w = self.over_tcp()
        connection = self.raw(w, tcp=True)
        connection.sendall(self.head(target=f"/echo?bytes={20 * MIB}"))
        received = len(connection.recv(1000))
        w.process.terminate()
        while piece := connection.recv(MIB):
            received += len(piece)
        self.assertGreater(received, 20 * MIB)
        self.assertEqual(w.process.wait(PATIENCE), 0)
        w.process = None

    def test_requests_of_a_feed_that_fails_are_answered(self):
        w = self.run_with(feeds=FEED + OTHER)
        other = basic("brightspace", "a secret of the other feed")
        with concurrent.futures.ThreadPoolExecutor(5) as threads:
            of_other = threads.submit(w.get, "/echo?hold", other)
            waiting = [threads.submit(w.get, "/echo?hold", basic()) for _ in range(4)]
            time.sleep(0.5 * SLOW)
            self.assertEqual(w.get("/echo?fail", basic()).status, 503)
            self.assertEqual({one.result().status for one in waiting}, {503})
            self.assertEqual(w.get("/echo?free", other).status, 200)
            self.assertEqual((of_other.result().status, of_other.result().body), (200, b"held"))
        self.assertEqual(w.get("/echo", basic()).status, 503)
        self.assertEqual(w.get("/echo", basic(KEY, "wrong")).status, 401)
        self.assertEqual(w.get("/echo", other).status, 200)

    def test_it_keeps_answering_while_it_stops(self):
        w = self.over_tcp()
        answered = []

        def ask():
            while True:
                try:
                    answered.append(self.ask_tcp(w, "POST", "/echo?size", b"x" * 1000, basic()))
                except (OSError, http.client.HTTPException):
                    return
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            asking = [threads.submit(ask) for _ in range(8)]
            w.wait_for(lambda: len(answered) > 50, "nothing is answered")
            self.assertEqual(w.stop(), 0)
            for one in asking:
                one.result()
        for answer in answered:
            self.assertIn(answer.status, (200, 503))
            if answer.status == 503:
                self.assertEqual([answer.headers[name] for name in ("Retry-After", "Connection", "X-Echo")], ["1", "close", "by the host"])


if __name__ == "__main__":
    unittest.main()
