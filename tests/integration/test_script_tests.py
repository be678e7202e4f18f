# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer script test: what a data team writes about its own scripts, and what it is told."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, PATIENCE, SOURCE, WijzerTest, rows

ALERT = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", hold = "3d", keep = "1d", raise = function(now) return now.value < 3 end,
  summary = { nl = "{group}: {value}", en = "{group}: {value}" } }
"""

HEAD = """local w = require "wijzer"
local function team(name, count, score)
  local rows = {}
  for i = 1, count do
    rows[i] = { token = name .. i, date = "2025-10-01", year = 2025, school = "S", team = name, a = score, b = 6 - score }
  end
  return rows
end
"""
LINES = HEAD.count("\n")


class ScriptTests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-tests-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in (("m.lua", MONITOR), ("mean.lua", MEAN % "mean"), ("alert.lua", ALERT)):
            (self.folder / name).write_text(text)

    def write(self, text, name="mean_test.lua"):
        (self.folder / name).write_text(HEAD + text)

    def wijzer(self, *arguments, **more):
        return subprocess.run([BUILD / "bin" / "wijzer", "script", "test", *map(str, arguments)], cwd=self.folder,
                              capture_output=True, text=True, timeout=10 * PATIENCE, **more)

    def outcomes(self, *arguments):
        """From TAP: name -> None, or the text of the failure."""
        done = self.wijzer(*arguments)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "TAP version 14", done.stderr)
        tests = re.findall(r"^(ok|not ok) (\d+) - (\S+?)(?:: (.*))?$", done.stdout, re.M)
        self.assertEqual([int(number) for _, number, _, _ in tests], list(range(1, len(tests) + 1)))
        self.assertIn(f"1..{len(tests)}", lines)
        diagnoses = re.findall(r"^  ---\n  message: \|\n((?:    .*\n)+)  \.\.\.$", done.stdout, re.M)
        failures = iter(diagnoses)
        found = {name or file: next(failures) if word == "not ok" else None for word, _, file, name in tests}
        self.assertEqual(done.returncode, 1 if diagnoses else 0)
        return found

    def failure(self, body, line=1):
        """Of a file with one test, at a line of its body."""
        self.write(f'w.test "it" (function(t)\n{body}\nend)\n')
        text = self.outcomes()["it"]
        self.assertIsNotNone(text, body)
        self.assertIn(f"mean_test.lua:{LINES + 1 + line}: ", text)
        return text

    # ---- what a test sees ------------------------------------------------------------------------------------------

    def test_values_are_those_of_the_engine_and_the_gate(self):
        (self.folder / "export.csv").write_text(HEADING + rows("Zorg", 6) + rows("Techniek", 4))
        self.write("""
w.test "rows" (function(t)
  local report = t.import("m", team("Zorg", 10, 4))
  t.equal(report.accepted, 10)
  t.equal(t.import("m", team("Zorg", 10, 5)).replaced, 10)
  local value = t.value("mean", { group = "S/Zorg" })
  t.equal({ value.value, value.n, value.level, value.period }, { 5, 10, "team", "2025" })
  t.near(value.ci95[1], 5)
end)
w.test "a file" (function(t)
  t.import("m", "export.csv")
  t.equal(t.value("mean", { group = "S/Zorg" }).withheld, "complementary")
  t.equal(t.value("mean", { group = "S/Techniek" }).withheld, "small_group")
  t.equal(t.value("mean", { group = "S/Techniek" }).value, nil)
  t.equal(#t.values("mean"), 3)
  t.equal(#t.values("mean", { level = "team" }), 2)
end)
w.test "each has data of its own" (function(t)
  t.equal(t.values("mean"), {})
end)
""")
        self.assertEqual(self.outcomes(), {"rows": None, "a file": None, "each has data of its own": None})

    def test_time_passes_when_the_test_says_so(self):
        self.write("""
w.test "hold and keep" (function(t)
  t.equal(t.clock(), "2026-01-01T12:00:00Z")
  t.import("m", team("Zorg", 10, 2))
  t.equal(t.alert("low", "S/Zorg").state, "pending")
  t.advance "71h"
  t.equal(t.alert("low", "S/Zorg").state, "pending")
  t.equal(t.advance "1h", "2026-01-04T12:00:00Z")
  t.equal(t.alert("low", "S/Zorg").state, "firing")
  t.equal(t.alert("low", "S/Zorg").since, "2026-01-04T12:00:00.000Z")
  t.equal(t.alert("low", "S/Zorg").summary.en, "Zorg: 2")
  t.import("m", team("Zorg", 10, 4))
  t.equal(t.alert("low", "S/Zorg").state, "firing")
  t.clock "2026-01-05T12:00:00Z"
  t.equal(t.alert("low", "S/Zorg").state, "resolved")
  t.equal(#t.alerts "low", 1)
  t.equal(t.alert("low", "S/Techniek"), nil)
end)
w.test "the clock begins anew" (function(t) t.equal(t.clock(), "2026-01-01T12:00:00Z") end)
w.test "it does not go back" (function(t) t.fails(function() t.clock "2025-12-31" end, "only goes on") end)
""")
        self.assertEqual(set(self.outcomes().values()), {None})

    # ---- what fails, and what is said of it ----------------------------------------------------------------------------

    def test_an_alert_that_there_is_not_fails_the_test(self):
        self.write("""w.test "one" (function(t) t.equal(t.alert("lwo", "S/Zorg"), nil) end)
w.test "all" (function(t) t.equal(#t.alerts "lows", 0) end)
w.test "far" (function(t) t.equal(#t.alerts "enthusiasm", 0) end)
w.test "good" (function(t) t.equal(#t.alerts "low", 0) t.equal(#t.alerts(), 0) end)
""")
        found = self.outcomes("mean_test.lua")
        self.assertIn("there is no alert 'lwo'; did you mean 'low'?", found["one"])
        self.assertIn("there is no alert 'lows'; did you mean 'low'?", found["all"])
        self.assertIn("there is no alert 'enthusiasm'; there are low", found["far"])
        self.assertIsNone(found["good"])

    def test_a_check_that_fails_says_what_it_got(self):
        self.assertIn('the name: expected "b", got "a"', self.failure('t.equal("a", "b", "the name")'))
        self.assertIn("expected { x = 2 }, got { x = 1 }", self.failure("t.equal({ x = 1 }, { x = 2 })"))
        self.assertIn("expected 3 within 0.1, got 3.5", self.failure("t.near(3.5, 3, 0.1)"))
        self.assertIn("expected 3 within 1e-09, got nil", self.failure("t.near(nil, 3)"))
        self.assertIn("expected 1 within 1e-09, got nan", self.failure("t.near(0/0, 1)").replace("-nan", "nan"))
        self.assertIn("expected something true, got nil", self.failure("t.check(nil)"))
        self.assertIn("expected an error, and there was none", self.failure("t.fails(function() end)"))
        self.assertIn('expected an error with "other", got', self.failure("t.fails(function() error 'one' end, 'other')"))
        self.assertIn("did you mean t.equal?", self.failure("t.eqaul(1, 1)"))

    def test_a_check_with_a_colon_is_no_check(self):
        """t:check(false) checks t, which is something true."""
        for call, function in (("t:equal(1, 2)", "equal"), ("t:equal(1, 1)", "equal"), ("t:near(3, 3)", "near"), ("t:check(false)", "check"),
                               ("t:check(true)", "check"), ("t:fails(function() end)", "fails"), ('t:import("m", {})', "import"),
                               ('t:value("mean")', "value"), ("t:alerts()", "alerts"), ("t:clock()", "clock")):
            self.assertIn(f"t.{function} is called with a point, not with a colon", self.failure(call))

    def test_data_that_cannot_be_is_named(self):
        self.assertIn("row 2, column a: answer 9 is outside 1-5", self.failure('t.import("m", team("Zorg", 1, 9))'))
        self.assertIn("no indicator of this folder is on an instrument 'x'", self.failure('t.import("x", {})'))
        self.assertIn("'mean' has 2 values there (S in 2025, S/Zorg in 2025)",
                      self.failure('t.import("m", team("Zorg", 10, 4)) t.value("mean")'))
        self.assertIn("'mean' has no value there", self.failure('t.value("mean")'))
        self.assertIn("there is no indicator 'maen'", self.failure('t.value("maen")'))
        self.assertIn("nothing.csv", self.failure('t.import("m", "nothing.csv")'))
        for given in ('team("Zorg", 1, 4)[1]', "{ 1, 2 }", '{ team("Zorg", 1, 4), "x" }'):
            self.assertIn("t.import takes a list of rows", self.failure(f't.import("m", {given})'))
        self.assertIn("this list has the key 'more' too",
                      self.failure('local list = team("Zorg", 2, 4) list.more = list[1] t.import("m", list)'))
        self.assertIn('"2026-02-31" is not a time', self.failure('t.clock("2026-02-31")'))
        for path in ("/etc/passwd", "../x.csv", "a/../../x.csv"):
            self.assertIn("a fixture is a file in the folder of the test", self.failure(f't.import("m", "{path}")'))
        (self.folder / "broken.lua").write_text((MEAN % "broken").replace("value = g.s.mean", "value = g.s.mean + nil"))
        self.assertIn("broken.lua:4: attempt to perform arithmetic on a nil value",
                      self.failure('t.import("m", team("Zorg", 10, 4)) t.value("broken", { level = "team" })'))

    def test_one_that_never_ends_does_not_hold_up_the_others(self):
        self.write("""
w.test "loop" (function(t) while true do end end)
w.test "in C" (function(t) return (("a"):rep(30)):find(("a*"):rep(30) .. "b") end)
w.test "memory" (function(t) local s = "x" while true do s = s .. s end end)
w.test "good" (function(t) t.import("m", team("Zorg", 10, 4)) t.equal(t.value("mean", { level = "team" }).value, 4) end)
""")
        outcomes = self.outcomes()
        self.assertIn(f"mean_test.lua:{LINES + 2}: took too long", outcomes["loop"])
        self.assertIn(f"mean_test.lua:{LINES + 3}: took longer than", outcomes["in C"])
        self.assertIn(f"mean_test.lua:{LINES + 4}: out of memory", outcomes["memory"])
        self.assertIsNone(outcomes["good"])

    def test_t_is_of_use_only_while_its_test_runs(self):
        self.write("""local kept
w.test "keeps" (function(t) kept = t end)
w.test "uses" (function(t) kept.equal(1, 1) end)
w.test "cannot declare" (function(t) t.fails(function() w.item "a" w.test "x" (function() end) end, "while the file is loaded") end)
""")
        self.assertEqual(set(self.outcomes().values()), {None}, "the next test's t is the same to a check")

    # ---- files -------------------------------------------------------------------------------------------------------

    def test_what_cannot_start_harms_nothing_else(self):
        """A test that catches the error asks on; neither the command nor its process group may end of that."""
        self.write("""
w.test "it" (function(t)
  t.check(not pcall(t.import, "m", team("Zorg", 10, 4)))
  t.check(not pcall(t.clock, "2026-09-01"))
end)
""")
        long = self.folder / ("x" * 100)  # so long that no socket can lie there
        long.mkdir()
        for folder in (long, self.folder / "nowhere"):
            done = self.wijzer(env={**os.environ, "TMPDIR": str(folder)}, start_new_session=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), folder)
            self.assertIn("ok 1 - mean_test.lua: it", done.stdout)
        self.assertEqual(list(long.iterdir()), [])

    def test_files_that_cannot_be_run_say_why(self):
        def of(text, name="x_test.lua"):
            self.write(text, name)
            failure = self.outcomes(name)[name]
            (self.folder / name).unlink()
            return failure
        self.assertIn("x_test.lua: holds no tests", of(""))
        self.assertIn(f"x_test.lua:{LINES + 1}: ", of("w.test("))
        self.assertIn("has no function", of('w.test "alone"'))
        self.assertIn("a file of tests would never be live", of((MEAN % "x").replace("\n", " ")))
        (self.folder / "wrong.lua").write_text("w.nothing()")
        self.assertIn("wrong.lua:1: ", of('w.test "it" (function(t) end)'))
        (self.folder / "wrong.lua").write_text('require "wijzer".test "x" (function(t) end)')
        self.assertIn("wrong.lua:1: w.test belongs in a file whose name ends in _test.lua", of('w.test "it" (function(t) end)'))

    def test_the_command_line(self):
        empty = self.folder / "empty"
        empty.mkdir()
        done = self.wijzer(empty)
        self.assertEqual((done.returncode, done.stderr), (1, f"wijzer: {empty}: holds no tests; they stand in files whose names end in _test.lua\n"))
        self.assertEqual(self.wijzer("mean.lua").returncode, 2)
        self.assertEqual(self.wijzer("nothing_test.lua").returncode, 1)
        self.write('w.test "a #1 <test> & more" (function(t) t.check(true) end)\nw.test "b" (function(t) t.check(false) end)')
        done = self.wijzer("--junit", "report.xml")
        self.assertIn(r"ok 1 - mean_test.lua: a \#1 <test> & more", done.stdout)
        suite = xml.etree.ElementTree.parse(self.folder / "report.xml").getroot()
        self.assertEqual((suite.tag, suite.get("tests"), suite.get("failures")), ("testsuite", "2", "1"))
        self.assertEqual([case.get("name") for case in suite], ["a #1 <test> & more", "b"])
        self.assertIn("expected something true", suite[1].find("failure").get("message"))
        csv = self.wijzer("--format", "csv").stdout.splitlines()
        self.assertEqual(csv[0], "file,line,name,is,checks,failure")
        self.assertRegex(csv[1], rf'^"?mean_test.lua"?,"?{LINES + 1}"?,"?a #1 <test> & more"?,"?passed"?,"?1"?,')

    def test_prints_are_shown(self):
        self.write('w.test "it" (function(t) print("looked", 3) end)')
        self.assertIn(f"mean_test.lua:{LINES + 1}: looked 3", self.wijzer().stderr)

    def test_nothing_is_left_behind(self):
        temporary = self.folder / "temporary"
        temporary.mkdir()
        self.write('w.test "it" (function(t) t.import("m", team("Zorg", 10, 4)) while true do t.clock() end end)')
        process = subprocess.Popen([BUILD / "bin" / "wijzer", "script", "test"], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(temporary)})
        end = time.monotonic() + PATIENCE
        while not list(temporary.iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.assertEqual(len(children), 2, "the worker of the test, and what computes for it")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertEqual([child for child in children if pathlib.Path(f"/proc/{child}").exists()], [])


class Shipped(unittest.TestCase):
    def test_the_scripts_that_ship_keep_to_their_tests(self):
        done = subprocess.run([BUILD / "bin" / "wijzer", "script", "test", SOURCE / "scripts"], capture_output=True, text=True,
                              timeout=10 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "(?m)^ok 4 - ")


class NotLive(WijzerTest):
    def test_wijzerd_does_not_load_tests(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("m_test.lua", 'error "loaded"')
        w.start()
        self.assertEqual([s["file"] for s in w.get("/v1/scripts").json()["scripts"]], ["m.lua"])


if __name__ == "__main__":
    unittest.main()
