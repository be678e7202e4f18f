# SPDX-License-Identifier: GPL-3.0-or-later
"""The author's desk: wijzer script new, check, run and watch, with nothing running and nothing left behind."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from wijzer_daemon import BUILD, PATIENCE, MEAN, MONITOR, HEADING, rows, DATA, SOURCE

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", raise = function(now) return now.value < 3 end,
  summary = { nl = "{group}: laag", en = "{group}: low" } }
"""


class Author(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-author-"))
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": str(self.temporary),
                            "WIJZER_SOCKET": "/nowhere/wijzerd.sock"}

    def tearDown(self):
        self.assertEqual(list(self.temporary.iterdir()), [], "something is left behind")

    def wijzer(self, *arguments):
        done = subprocess.run([BUILD / "bin" / "wijzer", *map(str, arguments)], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=10 * PATIENCE)
        self.assertNotIn("Sanitizer", done.stderr)
        return done

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def monitor(self):
        self.write("m.lua", MONITOR)
        self.write("mean.lua", MEAN % "mean")
        self.write("export.csv", HEADING + rows("A", 6, a=4, b=2) + rows("B", 3) + rows("C", 7, a=2, b=4))

    def test_from_nothing_to_an_indicator(self):
        self.assertEqual(self.wijzer("script", "new", "readiness").returncode, 0)
        again = self.wijzer("script", "new", "readiness.lua")
        self.assertEqual((again.returncode, again.stderr),
                         (1, "wijzer: readiness.lua: is there already; choose another name\n"))
        self.assertEqual(self.wijzer("script", "new", "../x").returncode, 2)
        self.assertEqual(self.wijzer("script", "new", "--", "-x").returncode, 2, "every command would take it for an option")
        check = self.wijzer("script", "check", "readiness.lua", "--format", "json")
        self.assertEqual(json.loads(check.stdout), [{"file": "readiness.lua", "ok": True, "error": None, "instruments": 1,
                                                     "indicators": 1, "alerts": 1, "findings": []}])
        self.write("export.csv", "token,submitdate,year,institution,team,skill_1,skill_2,skill_3\n" + "".join(
            f"p{i},2025-10-01,2025,ROC,A,{i % 5 + 1},{i % 4 + 2},{5 - i % 5}\n" for i in range(10)))
        run = self.wijzer("script", "run", "readiness.lua", "--data", "export.csv")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("10 rows taken, 0 rejected", run.stderr)
        self.assertRegex(run.stdout, r"readiness: My indicator\n")
        self.assertRegex(run.stdout, r"ROC/A +team +2025 +3\.\d+ +10 .* skill=0\.\d+ +skilled=0\.400")

    def test_an_editor_is_told_where_the_functions_are_described(self):
        new = self.wijzer("script", "new", "first")
        self.assertRegex(new.stdout, r"^first\.lua is written; .*\n\.luarc\.json is written: ")
        settings = json.loads((self.folder / ".luarc.json").read_text())
        types, = settings["workspace.library"]
        self.assertIn("\nfunction w.indicator(", (pathlib.Path(types) / "wijzer.lua").read_text())
        self.assertEqual((settings["runtime.version"], settings["runtime.builtin"]["io"]), ("Lua 5.4", "disable"))
        self.write(".luarc.json", "my own")
        self.assertEqual(self.wijzer("script", "new", "second").stdout.count("\n"), 1)
        self.assertEqual((self.folder / ".luarc.json").read_text(), "my own")

    def test_it_computes_beside_the_other_scripts_and_shows_what_is_withheld(self):
        self.monitor()
        run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv", "--level", "team")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"S/A +team +2025 +withheld \(could give people away\)")
        self.assertRegex(run.stdout, r"S/B +team +2025 +withheld \(small group\)")
        one = self.wijzer("script", "run", "mean.lua", "--data", "export.csv", "--group", "S/C", "--format", "json")
        values = json.loads(one.stdout)[0]["values"]
        self.assertEqual([(v["group"], v["value"], v["n"]) for v in values], [("S/C", 2, 7)])
        table = self.wijzer("script", "run", "mean.lua", "--data", "export.csv", "--format", "csv")
        self.assertEqual(table.stdout.splitlines()[0], "group,level,period,value,n,ci95_low,ci95_high,alpha,extra,withheld,reason,stale")

    def test_alpha_is_that_of_the_real_survey(self):
        file = DATA / "survey" / "psychtools" / "bfi.csv"
        self.write("bfi.lua", """
            local w = require "wijzer"
            local items = {}
            for i = 1, 5 do items["N" .. i] = { range = { 1, 6 } } end
            w.instrument { id = "bfi", respondent = "rowid", groups = { gender = "gender" }, items = items }
            w.indicator { id = "n", source = w.survey "bfi", by = { "gender" },
              inputs = { n = w.scale { "N1", "N2", "N3", "N4", "N5" } }, compute = function(g) return g.n.mean end }""")
        run = self.wijzer("script", "run", "bfi.lua", "--data", file, "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        expected = {"1": 0.81, "2": 0.81}
        for value in json.loads(run.stdout)[0]["values"]:
            self.assertAlmostEqual(value["alpha"]["n"], expected[value["group"]], 1)

    def test_prints_problems_and_alerts_are_told(self):
        self.monitor()
        self.write("other.lua", ALERT.replace('"low"', '"other"'))
        self.write("mean.lua", ALERT + (MEAN % "mean").replace("compute = function(g)", "compute = function(g) print('at', g.group)"))
        self.write("export.csv", (self.folder / "export.csv").read_text() + "x,2025-10-01,2025,S,A,9,1,1\n")
        run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv")
        self.assertEqual(run.returncode, 1, "a row was rejected")
        self.assertIn("row 18, column a: answer 9 is outside 1-5", run.stderr)
        self.assertIn("mean.lua:%d: at S/C" % (4 + ALERT.count("\n")), run.stderr)
        self.assertIn("alert low firing for S/C: C: low", run.stderr)
        self.assertNotIn("other", run.stderr, "only what the script itself declares is told")

    def test_only_its_own_prints_are_shown_and_those_of_what_it_requires(self):
        self.monitor()
        self.write("helpers.lua", "return { say = function(g) print('help for', g.group) end }")
        compute = "compute = function(g)"
        self.write("mean.lua", "local helpers = require 'helpers'" + (MEAN % "mean").replace(
            compute, compute + " helpers.say(g) print('at', g.group)"))
        self.write("mean2.lua", (MEAN % "two").replace(compute, compute + " print('not asked for')"))
        run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("mean.lua:4: at S/C\n", run.stderr)
        self.assertIn("mean.lua: helpers.lua:1: help for S/C\n", run.stderr)
        self.assertNotIn("not asked for", run.stderr)

    def test_alerts_are_those_of_the_groups_that_were_asked_for(self):
        self.monitor()
        self.write("export.csv", (self.folder / "export.csv").read_text() + rows("D", 7, a=2, b=4))
        school = ALERT.replace('"low"', '"school"').replace('level = "team"', 'level = "school"').replace("< 3", "< 9")
        self.write("mean.lua", ALERT + school + MEAN % "mean")
        def alerts(*more):
            run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv", *more)
            self.assertEqual(run.returncode, 0, run.stderr)
            return re.findall(r"^alert (\S+) firing for (\S+): ", run.stderr, re.M)
        self.assertCountEqual(alerts(), [("low", "S/C"), ("low", "S/D"), ("school", "S")])
        self.assertEqual(alerts("--group", "S/C"), [("low", "S/C")])
        self.assertEqual(alerts("--level", "school"), [("school", "S")])
        self.assertEqual(alerts("--level", "team", "--group", "S"), [])

    def test_a_terminal_is_told_nothing_but_text(self):
        self.monitor()
        self.write("mean.lua", ALERT + MEAN % "mean")
        self.write("export.csv", HEADING + rows("A", 6) + rows("\x1b[2J\u009b1m", 7, a=2, b=4) + "x,2025-10-01,2025,S,A,9,1,1\n")
        for more in ((), ("--format", "csv")):
            run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv", *more)
            self.assertIn(" [2J 1m", run.stdout)
            self.assertIn("alert low firing for S/ [2J 1m: ", run.stderr)
            self.assertNotRegex(run.stdout + run.stderr, "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")

    def test_an_alert_that_fails_is_told(self):
        self.monitor()
        self.write("mean.lua", ALERT.replace("now.value < 3", "now.value < nothing") + MEAN % "mean")
        run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv")
        self.assertEqual(run.returncode, 1)
        self.assertIn("wijzer: alert low: mean.lua:3: attempt to compare number with nil", run.stderr)
        self.assertIn("S/A", run.stdout, "the indicators are shown all the same")
        other = self.wijzer("script", "run", "m.lua", "--data", "export.csv", "--instrument", "m")
        self.assertEqual((other.returncode, other.stdout), (0, ""), other.stderr)

    def test_what_is_wrong_is_said_with_its_line(self):
        self.monitor()
        for text, expected in (
            ("oops(", r"^wijzer: mean\.lua:1: .*near <eof>"),
            ((MEAN % "mean").replace('"b"', '"bb"'), r"^wijzer: mean\.lua:3: .*asks for item 'bb', which instrument 'm' does not have"),
            ((MEAN % "mean").replace("g.s.mean", "g.t.mean"), r"wijzer: indicator mean: mean\.lua:4: g has no 't'"),
            ((MEAN % "mean").replace("return", "while true do end return"), r"mean\.lua:4: took too long"),
            ((MEAN % "mean").replace("g.s.mean", "g.s"), r"mean\.lua:4: g\.s is an input; take one of its numbers, as in g\.s\.mean"),
            ((MEAN % "mean").replace("return {", "if g.s then return g.s end return {"), r"mean\.lua:4: g\.s is an input; take"),
            ((MEAN % "mean").replace("g.s.mean", "1, extra = { s = g.s }"), r"mean\.lua:4: g\.s is an input; take"),
            ("", r"mean\.lua declares no indicator, so there is nothing to compute$"),
            ('require "wijzer".alert { id = "a", on = "b", raise = function() return true end, summary = "x" }', r"is tried in a test"),
        ):
            self.write("mean.lua", text)
            run = self.wijzer("script", "run", "mean.lua", "--data", "export.csv")
            self.assertEqual(run.returncode, 1, text)
            self.assertRegex(run.stderr, expected)

    def test_check_says_where_in_a_form_that_editors_read(self):
        self.monitor()
        self.write("mean.lua", (MEAN % "mean").replace("s = w.scale", "spare = w.item 'a', s = w.scale"))
        (self.folder / "more").mkdir()
        self.write("more/n.lua", MONITOR.replace('"m"', '"n"'))
        self.write("more/n_test.lua", "")
        done = self.wijzer("script", "check", "mean.lua", "more")
        self.assertEqual((done.returncode, done.stderr), (0, ""), "a warning is no failure")
        lines = done.stdout.splitlines()
        column = (self.folder / "mean.lua").read_text().splitlines()[2].index("spare") + 1
        self.assertEqual(lines[0], f"mean.lua:3:{column}: warning: input 'spare' of indicator 'mean' is never used; "
                                   "use it as g.spare in compute, or take it out [unused-input]")
        self.assertRegex(lines[2], r"^mean\.lua +good +1 indicator, 1 warning$")
        self.assertRegex(lines[3], r"^more/n\.lua +good +1 instrument$")
        self.write("mean.lua", (MEAN % "mean").replace('"a", "b"', '"a", "bb"').replace("g.s.mean", "g.s.maen"))
        done = self.wijzer("script", "check", "m.lua", "mean.lua", ".", "--format", "json")
        self.assertEqual(done.returncode, 1)
        good, wrong = json.loads(done.stdout)
        self.assertEqual((good["file"], good["ok"], good["findings"]), ("m.lua", True, []))
        self.assertEqual((wrong["file"], wrong["ok"]), ("mean.lua", False))
        self.assertRegex(wrong["error"], r"^mean\.lua:\d+: input 's' of indicator 'mean' asks for item 'bb'")
        self.assertEqual([(f["line"], f["severity"], f["code"]) for f in wrong["findings"]],
                         [(3, "error", "unknown-item"), (4, "error", "unknown-member")])
        self.assertEqual(wrong["findings"][0]["end_column"] - wrong["findings"][0]["column"], 3)
        table = self.wijzer("script", "check", "mean.lua", "--format", "csv").stdout.splitlines()
        self.assertEqual(table[0], "file,line,column,end_column,severity,code,message")
        self.assertRegex(table[1], r"^mean\.lua,3,\d+,\d+,error,unknown-item,\"?input 's'")
        shipped = json.loads(self.wijzer("script", "check", SOURCE / "scripts", "--format", "json").stdout)
        self.assertGreater(len(shipped), 4)
        self.assertEqual([c["findings"] for c in shipped], [[]] * len(shipped), "what we give is without a flaw")
        self.write("two\nlines.lua", "return nothing")
        self.assertRegex(self.wijzer("script", "check", "two\nlines.lua").stdout, r"^two\?lines\.lua:1:8: warning: [^\n]*\n")
        for wrong_path, said in (("more/n_test.lua", "more/n_test.lua: holds tests"), ("export.csv", "is not a script"),
                                 ("nowhere", "nowhere: No such file")):
            done = self.wijzer("script", "check", "m.lua", wrong_path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(said, done.stderr)
        self.assertEqual(self.wijzer("script", "check").returncode, 2)

    def test_usage(self):
        self.monitor()
        for arguments, expected in (
            (["script"], "say what to do, as in wijzer script check FILE.lua"),
            (["script", "rnu"], "there is no wijzer script rnu; did you mean 'run'?"),
            (["script", "run"], "it is wijzer script run FILE.lua --data EXPORT"),
            (["script", "run", "mean.lua"], "say what to compute of, as in --data export.csv"),
            (["script", "run", "mean.lua", "m.lua", "--data", "export.csv"], "'m.lua' is one too many"),
        ):
            run = self.wijzer(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertIn(expected, run.stderr)
        missing = self.wijzer("script", "run", "mean.lua", "--data", "nowhere.csv")
        self.assertEqual((missing.returncode, missing.stderr), (1, "wijzer: nowhere.csv: No such file or directory\n"))
        missing = self.wijzer("script", "run", "nowhere.lua", "--data", "export.csv")
        self.assertEqual((missing.returncode, missing.stderr), (1, "wijzer: nowhere.lua: No such file or directory\n"))

    def test_nothing_is_left_where_nobody_reads_on(self):
        self.monitor()
        self.write("mean_test.lua", 'require "wijzer".test "one" (function(t) t.equal(#t.alerts(), 0) end)\n')
        for arguments in (("run", "mean.lua", "--data", "export.csv"), ("test", "mean_test.lua")):
            reader, writer = os.pipe()
            os.close(reader)
            begun = time.monotonic()
            done = subprocess.run([BUILD / "bin" / "wijzer", "script", *arguments], cwd=self.folder, env=self.environment,
                                  stdout=writer, stderr=subprocess.PIPE, timeout=10 * PATIENCE)
            os.close(writer)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(list(self.temporary.iterdir()), [], arguments)
            self.assertLess(time.monotonic() - begun, 5, "what computes hears of the end, and is not waited for and killed")

    def test_nothing_is_left_of_a_command_that_is_killed(self):
        self.monitor()
        command = subprocess.Popen([BUILD / "bin" / "wijzer", "script", "watch", "mean.lua", "--data", "export.csv"],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        command.stdout.readline()
        self.assertEqual(len(list(self.temporary.iterdir())), 1)
        command.kill()
        command.communicate()
        deadline = time.monotonic() + PATIENCE
        while list(self.temporary.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)

    def test_watch_computes_anew_when_it_is_saved(self):
        self.monitor()
        output = open(self.folder / "output", "w+")
        watch = subprocess.Popen([BUILD / "bin" / "wijzer", "script", "watch", "mean.lua", "--data", "export.csv"],
                                 cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT)

        def wait_for(text):
            end = time.monotonic() + PATIENCE
            while not re.search(text, (self.folder / "output").read_text()):
                self.assertIsNone(watch.poll(), (self.folder / "output").read_text())
                self.assertLess(time.monotonic(), end, f"no {text!r} in {(self.folder / 'output').read_text()}")
                time.sleep(0.05)
        try:
            wait_for(r"S/C +team +2025 +2 +7")
            self.write("mean.lua", (MEAN % "mean").replace("g.s.mean", "g.s.mean * 100"))
            wait_for(r"S/C +team +2025 +200 +7")
            self.write("mean.lua", "oops(")
            wait_for(r"mean\.lua:1: ")
            self.write("mean.lua", (MEAN % "mean").replace("g.s.mean", "g.s.mean * 1000"))
            wait_for(r"S/C +team +2025 +2000 +7")
        finally:
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.wait(PATIENCE), 0)
            output.close()

    def test_an_export_without_end_is_interrupted(self):
        """It may come from another program, which is slow, or never ends."""
        self.monitor()
        run = subprocess.Popen([BUILD / "bin" / "wijzer", "script", "run", "mean.lua", "--data", "/dev/zero"], cwd=self.folder,
                               stderr=subprocess.PIPE, text=True, env=self.environment)
        try:
            end = time.monotonic() + PATIENCE
            while not list(self.temporary.glob("*/state/wijzer.db")) and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            _, said = run.communicate(timeout=PATIENCE)
        finally:
            run.kill()
        self.assertEqual((run.returncode, said), (1, ""))


if __name__ == "__main__":
    unittest.main()
