# SPDX-License-Identifier: GPL-3.0-or-later
"""The wijzer command, where it waits, fails and prints."""
import csv
import http.server
import json
import re
import socketserver
import subprocess
import textwrap
import threading
import time
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, PATIENCE, SOURCE, WijzerTest, rows


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
    def test_status_tells_how_many_groups_wait(self):
        w = self.make()
        waiting = 0
        daemon = StandIn(w.socket, {("GET", "/v1/status"): lambda: {"engine": {"waiting": waiting, "idle": True}}})
        self.addCleanup(daemon.server_close)
        self.addCleanup(daemon.shutdown)
        self.assertNotIn("wait", w.run("status").stdout)
        waiting = 1
        self.assertRegex(w.run("status").stdout,
                         r"(?m)^waiting +1 group waits for more answers before its new values are shown$")
        waiting = 12
        self.assertRegex(w.run("status").stdout,
                         r"(?m)^waiting +12 groups wait for more answers before their new values are shown$")

    def test_status_tells_what_scripts_hold(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("large.lua", "held = ('x'):rep(10 << 20)")
        w.start()
        w.wait_for(lambda: w.get("/v1/status").json()["scripts"]["active"] == 2, "not all are loaded")
        status = w.get("/v1/status").json()["scripts"]
        self.assertEqual(status["memory_bytes"], sum(s["memory_bytes"] for s in w.get("/v1/scripts").json()["scripts"]))
        self.assertEqual(status["memory_limit_bytes"], 1536 << 20)
        told = re.search(r"^scripts +2 active, 0 failed, 0 quarantined; (\d+\.\d) of 1536 MiB of memory$",
                         w.run("status").stdout, re.M)
        self.assertTrue(10 <= float(told[1]) < 11, told[0])

    def test_an_import_is_told_in_the_form_that_is_asked_for(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.start()
        good, bad, none = (w.folder / name for name in ("good.csv", "bad.csv", "none.csv"))
        good.write_text(HEADING + rows("A", 6))
        bad.write_text(HEADING + rows("A", 2) + "x,2025-10-01,2025,S,A,9,1,1\n")
        none.write_text("token\n1\n")
        done = w.run("import", good, bad, none, "--feed", "m", "--format", "csv")
        lines = list(csv.reader(done.stdout.splitlines()))
        self.assertEqual(lines[0], ["file", "accepted", "replaced", "duplicate", "rejected", "error"])
        self.assertEqual(lines[1:3], [[str(good), "6", "0", "0", "0", ""], [str(bad), "0", "0", "2", "1", ""]])
        self.assertEqual(lines[3][:5], [str(none), "0", "0", "0", "0"])
        self.assertIn("is a single column", lines[3][5])
        self.assertIn("row 4, column a: answer 9 is outside 1-5", done.stderr)
        done = w.run("import", good, bad, "--feed", "m", "--format", "json")
        self.assertEqual([json.loads(line)["duplicate"] for line in done.stdout.splitlines()], [6, 2])

    def test_values_have_the_same_columns_everywhere(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        w.post("m", HEADING + rows("A", 6) + rows("B", 2))
        w.wait_until_current()
        of_api = list(csv.DictReader(w.get("/v1/indicators/mean?format=csv").body.decode().splitlines()))
        of_command = list(csv.DictReader(w.run("indicators", "mean", "--format", "csv").stdout.splitlines()))
        self.assertEqual(of_command, of_api)
        self.assertEqual([row["withheld"] for row in of_command], ["", "complementary", "small_group"])
        export = w.folder / "export.csv"
        export.write_text(HEADING + rows("A", 6))
        tried = w.run("script", "run", w.scripts / "mean.lua", "--data", export, "--format", "csv").stdout.splitlines()
        self.assertEqual(tried[0], "group,level,period,value,n,ci95_low,ci95_high,alpha,extra,withheld,reason,stale")

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


class Trying(WijzerTest):
    def test_a_level_that_some_indicators_of_a_script_have(self):
        w = self.make()
        w.script("m.lua", MONITOR)
        by_school = (MEAN % "by_school").replace('by = { "school", "team" }', 'by = { "school" }')
        w.script("two.lua", (MEAN % "by_both") + by_school.replace('local w = require "wijzer"', ""))
        export = w.folder / "export.csv"
        export.write_text(HEADING + rows("A", 6))
        done = w.run("script", "run", w.scripts / "two.lua", "--data", export, "--level", "team")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("by_both", done.stdout)
        self.assertNotIn("by_school", done.stdout)
        done = w.run("script", "run", w.scripts / "two.lua", "--data", export, "--level", "teams")
        self.assertEqual(done.returncode, 1)
        self.assertIn("by_both has no level 'teams'; did you mean 'team'?", done.stderr)


class Readme(WijzerTest):
    def test_what_the_readme_says_can_be_typed(self):
        """The configuration and the commands of "Use it", in another folder and with the build that is tested."""
        w = self.make()
        section = (SOURCE / "README.md").read_text().split("## Use it")[1].split("\n## ")[0]
        configuration, commands = (textwrap.dedent(block) for block in re.findall(r"(?:(?:    .*)?\n)*    .*\n", section))
        trial = w.folder / "trial"
        trial.mkdir()
        (trial / "my.conf").write_text(configuration)
        commands = commands.replace("$PWD/build/trial", str(trial)).replace("build/trial", str(trial))
        commands = commands.replace("build/release", str(BUILD)).replace(
            " &\n", " & daemon=$!; trap 'kill $daemon; wait $daemon' EXIT\n"
            f"until test -S {trial}/wijzerd.sock; do sleep 0.1; done\n", 1)
        done = subprocess.run(["bash", "-euc", commands], cwd=SOURCE, capture_output=True, text=True, timeout=10 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"export.csv: \d+ accepted, 0 replaced, 0 there already, 0 rejected")
        self.assertIn('{"indicator":"genai_readiness","values":[{', done.stdout)

    def test_the_guide_can_be_typed(self):
        """The files and the commands of scripts/README.md, in its order."""
        folder = self.make().folder / "guide"
        guide = (SOURCE / "scripts" / "README.md").read_text()
        steps = re.findall(r"^```(\w+)\n(.*?)^```$", guide, re.M | re.S)
        self.assertGreater(len(steps), 7)
        commands = []
        for kind, text in steps:
            name = {"lua": re.match(r"-- (\S+)\n", text)[1] if kind == "lua" else None, "ini": "wijzer.conf"}.get(kind)
            commands.append(f"cat > {name} <<'TEXT'\n{text}TEXT\n" if name else text)
        script = "".join(commands).replace("build/release", str(BUILD)).replace("build/guide", str(folder)).replace(
            "../../scripts", str(SOURCE / "scripts")).replace('$PWD/' + str(BUILD), str(BUILD)).replace(
            "wijzer.conf &\n", "wijzer.conf 2> log & daemon=$!; trap 'kill $daemon; wait $daemon' EXIT\n")
        done = subprocess.run(["bash", "-euc", script], cwd=SOURCE, capture_output=True, text=True, timeout=10 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("# 3 passed, 0 failed", done.stdout)
        self.assertRegex(done.stdout, r"export-2025.csv: \d+ accepted")
        self.assertRegex(done.stdout, r"(?m)^firing .*readiness_low")


if __name__ == "__main__":
    unittest.main()
