# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job as a user does it by hand: survey in, indicator out."""
import json
import subprocess
import threading
import time
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, SLOW, WijzerTest, rows


class MainJob(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN % "mean")
        self.w.start()
        self.export = self.w.folder / "export.csv"

    def test_by_hand(self):
        self.export.write_text(HEADING + rows("A", 6) + rows("B", 7, a=5, b=5))
        imported = self.w.run("import", self.export, "--feed", "m")
        self.assertEqual((imported.returncode, imported.stderr), (0, ""))
        self.assertIn("13 accepted, 0 replaced, 0 there already, 0 rejected", imported.stdout)
        self.assertIn("  read as charset utf-8, delimiter comma, line ends lf, decimal point, items by id\n", imported.stdout)
        shown = self.w.run("indicators", "mean", "--level", "team")
        # Team A: (4 + (6 - 2)) / 2 = 4; team B: (5 + (6 - 5)) / 2 = 3.
        self.assertRegex(shown.stdout, r"S/A +team +2025 +4 +6 ")
        self.assertRegex(shown.stdout, r"S/B +team +2025 +3 +7 ")
        answer = self.w.get("/v1/indicators/mean?level=school")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        value = answer.json()["values"][0]
        self.assertEqual((value["group"], value["n"], value["withheld"]), ("S", 13, None))
        self.assertAlmostEqual(value["value"], (6 * 4 + 7 * 3) / 13, places=12)
        self.assertEqual(self.w.get("/v1/indicators/mean", {"If-None-Match": self.w.get("/v1/indicators/mean").headers["ETag"]}).status, 304)
        csv = self.w.run("indicators", "mean", "--level", "team", "--format", "csv").stdout.splitlines()
        self.assertEqual(csv[1].split(",")[:5], ["S/A", "team", "2025", "4", "6"])
        self.assertEqual(len(json.loads(self.w.run("indicators", "mean", "--format", "json").stdout)["values"]), 3)

    def test_columns_may_be_headed_by_their_questions(self):
        self.w.script("m.lua", MONITOR.replace("a = { range", 'a = { nl = "Ik vind \u00e9\u00e9n les; genoeg", range')
                      .replace("c = {}", 'c = { en = "How many, per week?" }'))
        self.w.wait_for(lambda: self.w.script_info("m.lua")["state"] == "active", "not loaded")
        heading = '"ik vind  \u00e9\u00e9n LES;\ngenoeg"'
        text = HEADING.replace(",", ";").replace(";a;", f";{heading};").replace(";c\n", ";how many, per week?\n")

        def send():
            self.export.write_text(text + rows("A", 6).replace(",", ";"), encoding="cp1252")
            return self.w.run("import", self.export, "--feed", "m")

        self.w.wait_for(lambda: "6 accepted" in send().stdout, "the questions are not known")
        self.assertIn("charset windows-1252, delimiter semicolon", send().stdout)
        self.assertEqual(self.w.by_group("mean")["S/A"]["value"], 4)

    def test_a_file_twice_adds_nothing_and_a_changed_row_replaces(self):
        text = HEADING + rows("A", 6)
        self.assertEqual(self.w.post("m", text).json()["accepted"], 6)
        self.assertEqual(self.w.post("m", text).json()["duplicate"], 6)
        self.assertEqual(self.w.post("m", HEADING + rows("A", 1, a=1)).json()["replaced"], 1)
        self.w.wait_until_current()
        self.assertAlmostEqual(self.w.by_group("mean")["S/A"]["value"], (6 * 4 - 4.5 + 2.5) / 6, places=12)
        self.assertEqual(self.w.get("/v1/status").json()["store"]["rows"], 6)

    def test_the_latest_wave_is_shown_unless_asked_otherwise(self):
        self.w.post("m", HEADING + rows("A", 6, year=2025) .replace("2025-10-01", "2025-10-01"))
        self.w.post("m", HEADING + rows("A", 6, a=2, year=2023).replace("2025-10-01", "2023-10-01"))
        self.w.wait_until_current()
        self.assertEqual([v["period"] for v in self.w.values("mean", "?level=team")], ["2025"])
        self.assertEqual([v["period"] for v in self.w.values("mean", "?level=team&period=all")], ["2023", "2025"])
        self.assertEqual([v["value"] for v in self.w.values("mean", "?level=team&period=2023")], [3])

    def test_a_script_is_live_within_a_second_and_gone_when_its_file_is(self):
        self.w.post("m", HEADING + rows("A", 6))
        self.w.wait_until_current()
        begun = time.monotonic()
        self.w.script("more.lua", MEAN % "more")
        self.w.wait_for(lambda: self.w.get("/v1/indicators/more").status == 200 and self.w.values("more"), "no value")
        self.assertLess(time.monotonic() - begun, 1 * SLOW)
        (self.w.scripts / "more.lua").unlink()
        self.w.wait_for(lambda: self.w.get("/v1/indicators/more").status == 404, "still there")

    def test_a_changed_compute_changes_the_results_also_after_a_restart(self):
        self.w.post("m", HEADING + rows("A", 6))
        self.w.wait_until_current()
        self.assertEqual(self.w.stop(), 0)
        self.w.script("mean.lua", (MEAN % "mean").replace("g.s.mean", "g.s.mean * 10"))
        self.w.start()
        self.w.wait_until_current()
        self.assertEqual(self.w.by_group("mean")["S/A"]["value"], 40)

    def test_the_watched_folder(self):
        inbox = self.w.folder / "inbox"
        (inbox / "good.csv").write_text(HEADING + rows("A", 6))
        (inbox / "bad.csv").write_text("nothing,of,it\n1,2,3\n")
        self.w.wait_for(lambda: (inbox / "done" / "good.csv").exists(), "not taken")
        self.w.wait_for(lambda: (inbox / "failed" / "bad.csv.report.json").exists(), "not refused")
        report = json.loads((inbox / "done" / "good.csv.report.json").read_text())
        self.assertEqual((report["accepted"], report["dialect"]["delimiter"]), (6, "comma"))
        self.assertIn("column 'token' is missing", json.loads((inbox / "failed" / "bad.csv.report.json").read_text())["error"])

    def test_sigterm_stops_within_five_seconds(self):
        self.w.post("m", HEADING + rows("A", 6))
        begun = time.monotonic()
        self.assertEqual(self.w.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertFalse(self.w.socket.exists())

    def test_sigterm_in_the_middle_of_an_import(self):
        answers = []
        document = HEADING + rows("A", 200000)
        sender = threading.Thread(target=lambda: answers.append(self.w.post("m", document)))
        sender.start()
        self.w.wait_for(lambda: self.w.get("/v1/feeds").json()["feeds"][0].get("importing"), "the import does not begin")
        begun = time.monotonic()
        self.assertEqual(self.w.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)
        sender.join()
        self.assertEqual(answers[0].status, 503)
        # What was committed stays, and the repeat completes it.
        self.w.start()
        kept = self.w.get("/v1/status").json()["store"]["rows"]
        report = self.w.post("m", document).json()
        self.assertEqual((report["duplicate"], report["accepted"]), (kept, 200000 - kept))

    def test_exit_codes_of_the_command(self):
        self.export.write_text(HEADING + rows("A", 1) + "x,2025-10-01,2025,S,A,9,1,1\n")
        imported = self.w.run("import", self.export, "--feed", "m")
        self.assertEqual(imported.returncode, 1)
        self.assertIn("row 3, column a: answer 9 is outside 1-5", imported.stdout)
        for arguments, status, said in (
                (["status"], 0, ""), (["feeds"], 0, ""), (["--help"], 0, ""), (["import", "--help"], 0, ""),
                ([], 2, "wijzer --help"), (["statsu"], 2, "did you mean 'status'?"),
                (["status", "--fromat", "csv"], 2, "did you mean --format?"), (["status", "--level", "x"], 2, "has no option --level"),
                (["status", "--format", "xml"], 2, "table, csv or json"), (["import", self.export], 2, "--feed"),
                (["indicators", "nope"], 1, "there is no indicator 'nope'"),
                (["import", "/nonexistent", "--feed", "m"], 1, "No such file"),
                (["import", self.export, "--feed", "nope"], 1, "there is no feed 'nope'"),
                (["status", "--socket", "/nonexistent/s"], 1, "wijzerd is not running at /nonexistent/s")):
            done = self.w.run(*arguments)
            self.assertEqual(done.returncode, status, arguments)
            self.assertIn(said, done.stderr)

    def test_http_refusals(self):
        for method, path, status in (("GET", "/v1/nothing", 404), ("DELETE", "/v1/status", 405), ("GET", "/v1/status?x=1", 400),
                                     ("GET", "/v1/indicators/mean?limit=0", 400), ("GET", "/v1/indicators/mean?next=xx", 400),
                                     ("POST", "/v1/feeds/nope", 404), ("GET", "/v1/indicators/nope", 404)):
            answer = self.w.request(method, path, b"x" if method == "POST" else None)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (status, "application/problem+json"), path)
            self.assertEqual(answer.json()["status"], status)
        self.assertEqual(self.w.request("POST", "/v1/feeds/m").status, 400)
        self.assertEqual(self.w.request("HEAD", "/v1/status").body, b"")

    def test_paging_gives_every_value_once(self):
        self.w.post("m", HEADING + "".join(rows(f"T{i}", 5) for i in range(10)))
        self.w.wait_until_current()
        seen, path = [], "?limit=3"
        while path:
            page = self.w.get("/v1/indicators/mean" + path).json()
            seen += [value["group"] for value in page["values"]]
            path = page["next"] and f"?limit=3&next={page['next']}"
        self.assertEqual(seen, sorted(["S"] + [f"S/T{i}" for i in range(10)]))

    def test_the_socket_is_for_its_group_only(self):
        self.assertEqual(self.w.socket.stat().st_mode & 0o777, 0o660)
        self.assertEqual((self.w.folder / "state").stat().st_mode & 0o777, 0o700)
        for name in ("wijzer.db", "pseudonym.key"):
            self.assertEqual((self.w.folder / "state" / name).stat().st_mode & 0o777, 0o600)

    def test_identifiers_are_not_stored(self):
        self.w.post("m", HEADING + "jan.jansen@school.example,2025-10-01,2025,S,A,4,2,1\n")
        self.w.stop()
        for file in (self.w.folder / "state").rglob("*"):
            if file.is_file():
                self.assertNotIn(b"jan.jansen", file.read_bytes())
        self.w.start()


class Configuration(WijzerTest):
    def refused(self, *arguments):
        done = subprocess.run([BUILD / "bin" / "wijzerd", *map(str, arguments)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr

    def test_check(self):
        w = self.make(feeds=FEED)
        good = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], timeout=60)
        self.assertEqual(good.returncode, 0)
        for feeds, said in (("[feed x]\nplugin = survye\n", "did you mean 'survey'?"),
                            ("[feed x]\nplugin = survey\n", "needs the key 'instrument'"),
                            ("[feed x]\nplugin = survey\ninstrument = m\ninstrumnet = n\n", "did you mean 'instrument'?"),
                            ("[feed x]\nplugin = survey\ninstrument = m\ndelimiter = |\n", "one of auto|comma|semicolon")):
            w.config.write_text("[wijzer]\n" + feeds)
            self.assertIn(said, self.refused("--config", w.config, "--check"))

    def test_what_cannot_start_does_not_pass_the_check(self):
        w = self.make(feeds=FEED)
        two = FEED + "[feed n]\nplugin = survey\ninstrument = m\nwatch = ./inbox/\n"
        (w.folder / "inbox").mkdir()
        for text, arguments, said in (("listen = foo\n", (), "listen = foo: HOST:PORT is wanted"),
                                      ("", ("--listen", "192.0.2.1:8787"), "192.0.2.1"),
                                      ("", ("--state-dir", ""), "--state-dir has no value"),
                                      ("", ("--scripts", ""), "--scripts has no value"),
                                      (two, (), "[feed n]: [feed m] watches")):
            w.config.write_text("[wijzer]\nstate_dir = state\nscripts = scripts\n" + text)
            checked = self.refused("--config", w.config, "--check", *arguments)
            self.assertIn(said, checked)
            started = self.refused("--config", w.config, "--socket", w.folder / "s.sock", *arguments)
            self.assertIn(said, started)

    def test_a_scripts_folder_that_is_missing_is_told_by_the_check(self):
        w = self.make(feeds=FEED)
        w.scripts.rmdir()
        checked = subprocess.run([BUILD / "bin" / "wijzerd", "--config", w.config, "--check"], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0)
        self.assertRegex(checked.stderr, "warning: scripts folder .*/scripts: No such file")

    def test_parameters_of_no_indicator_are_told(self):
        w = self.make(feeds=FEED + "[params maen]\nx = 1\n")
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        said = "[params maen]: no script that runs declares this indicator; did you mean 'mean'?"
        self.assertIn(said, w.read_log())
        self.assertIn(said, w.get("/v1/status").json()["scripts"]["errors"][0]["error"])
        self.assertIn(said, w.run("status").stdout)
        w.script("mean.lua", (MEAN % "maen").replace("source =", 'params = { x = { type = "number", default = 0 } }, source ='))
        w.wait_for(lambda: not w.get("/v1/status").json()["scripts"]["errors"], "still told")

    def test_a_configuration_that_windows_wrote(self):
        w = self.make()
        w.config.write_bytes(b"\xef\xbb\xbf" + w.config.read_bytes().replace(b"\n", b"\r\n"))
        w.start()

    def test_a_second_daemon_on_the_same_state_is_refused(self):
        w = self.make(feeds=FEED)
        w.start()
        self.assertIn("another wijzerd uses the state folder", self.refused("--config", w.config, "--socket", w.folder / "t.sock"))

    def test_a_failed_start_says_why_and_leaves_no_socket(self):
        w = self.make(feeds=FEED)
        self.assertIn("its folder is missing", self.refused("--config", w.config, "--socket", w.folder / "no" / "s.sock"))
        self.assertIn("the port is a number", self.refused("--config", w.config, "--listen", "127.0.0.1:0"))
        self.assertFalse(w.socket.exists())


if __name__ == "__main__":
    unittest.main()
