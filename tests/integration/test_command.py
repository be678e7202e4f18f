# SPDX-License-Identifier: GPL-3.0-or-later
"""The wijzer command, where it waits, fails and prints."""
import http.server
import json
import socketserver
import subprocess
import threading
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows


class StandIn(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers as wijzerd would at a moment that is hard to meet; `answers` has (method, path) -> answer."""
    daemon_threads = True

    def __init__(self, path, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.dumps(answers[self.command, self.path.split("?")[0]]()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

            def address_string(self):
                return "local"
        super().__init__(str(path), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


class Importing(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")

    def test_rows_that_were_there_already_have_a_place_in_the_log_too(self):
        self.w.start()
        document = HEADING + rows("A", 6)
        self.assertEqual(self.w.post("m", document).json()["position"], 6)
        self.assertEqual(self.w.post("m", document).json()["position"], 6)
        self.assertIn(self.w.post("m", HEADING + rows("A", 2)).json()["position"], range(2, 7))
        self.assertEqual(self.w.post("m", HEADING).json()["position"], 0)

    def test_an_import_that_adds_nothing_waits_for_the_indicators_too(self):
        self.w.start()
        export = self.w.folder / "export.csv"
        export.write_text(HEADING + rows("A", 30000))
        self.assertEqual(self.w.run("import", export, "--feed", "m", "--no-wait").returncode, 0)
        self.assertEqual(self.w.run("import", export, "--feed", "m").returncode, 0)
        self.assertEqual(self.w.by_group("mean")["S/A"]["n"], 30000)

    def test_a_daemon_that_dies_while_the_import_waits_is_told_at_once(self):
        (self.w.folder / "export.csv").write_text(HEADING)
        asked = threading.Event()

        def status():
            asked.set()
            return {"engine": {"position": 0}}
        report = {"accepted": 9, "duplicate": 0, "replaced": 0, "rejected": 0, "position": 9, "problems": []}
        daemon = StandIn(self.w.socket, {("POST", "/v1/feeds/m"): lambda: report, ("GET", "/v1/status"): status})

        def die():
            asked.wait()
            daemon.shutdown()
            daemon.server_close()
            self.w.socket.unlink()
        threading.Thread(target=die).start()
        begun = time.monotonic()
        done = self.w.run("import", self.w.folder / "export.csv", "--feed", "m")
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("9 accepted", done.stdout)
        self.assertIn("wijzerd is not running", done.stderr)


class Output(WijzerTest):
    def test_output_that_cannot_be_written_is_a_failure(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        export = w.folder / "export.csv"
        export.write_text(HEADING + rows("A", 6) + "bad\n" * 100)  # more to say than a buffer holds
        script = w.scripts / "m.lua"
        for arguments in (["status"], ["feeds"], ["indicators"], ["indicators", "mean", "--format", "json"], ["alerts"],
                          ["import", export, "--feed", "m", "--format", "json"], ["--help"], ["status", "--help"],
                          ["--version"], ["script", "check", script]):
            with open("/dev/full", "w") as full:
                done = w.run(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("wijzer: the output could not be written", done.stderr, arguments)
        with open("/dev/full", "w") as full:
            done = w.run("nope", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
