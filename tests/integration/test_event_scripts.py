# SPDX-License-Identifier: GPL-3.0-or-later
"""Indicators on what an LMS sends are tried on a file of statements and tested beside the script, without a wijzerd."""
import collections
import gzip
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from wijzer_daemon import BUILD, PATIENCE, SOURCE
from xapi_store import made

SCRIPT = SOURCE / "scripts" / "course_activity.lua"
BOTH = """
local w = require "wijzer"
w.instrument { id = "m", respondent = "token", wave = "year", levels = { "team" }, groups = { team = "team" }, items = { "a" } }
w.indicator { id = "answers", source = w.survey "m", by = { "team" }, inputs = { a = w.item "a" }, compute = function(g) return g.a.mean end }
w.indicator { id = "people", source = w.events(), by = { "course" }, period = "month", inputs = { p = w.distinct "actor" },
  compute = function(g) return g.p.value end }
"""

YEAR = """
local w = require "wijzer"
w.indicator { id = "year", source = w.events(), by = { "course" }, period = "school_year",
  inputs = { people = w.distinct "actor", minutes = w.sum "duration",
    passed = w.derive(function(e) return e.verb == "http://adlnet.gov/expapi/verbs/passed" and 1 or 0 end) },
  compute = function(g) return { value = g.people.value, extra = { minutes = g.minutes.value, passed = g.passed.value } } end }
"""


class EventScripts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def wijzer(self, *arguments):
        return subprocess.run([BUILD / "bin" / "wijzer", *map(str, arguments)], capture_output=True, text=True,
                              timeout=10 * PATIENCE, cwd=self.folder)

    def write(self, name, text):
        file = self.folder / name
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text)
        return file

    def script(self):
        return shutil.copy(SCRIPT, self.folder)

    def run_on(self, data, *more):
        said = self.wijzer("script", "run", self.folder / "course_activity.lua", "--data", data, "--format", "json", *more)
        self.assertEqual(said.returncode, 0, said.stderr)
        return {one["indicator"]: {(v["group"], v["period"]): v for v in one["values"]} for one in json.loads(said.stdout)}, said.stderr


class Run(EventScripts):
    def lines(self, statements):
        return "".join(json.dumps(statement) + "\n" for statement in statements)

    def test_a_file_of_statements(self):
        """Every number is what is counted here of the same statements."""
        self.write("course_activity.lua", YEAR)
        statements = made(3000)
        people, minutes, passed = collections.defaultdict(set), collections.Counter(), collections.Counter()
        for i, statement in enumerate(statements):
            course = statement["context"]["contextActivities"]["parent"][0]["id"].replace("/", "%2F")
            group = course, "2026-2027" if statement["timestamp"] >= "2026-07-31T22:00" else "2025-2026"
            people[group].add(statement["actor"]["account"]["name"])
            minutes[group] += i % 60 / 60
            passed[group] += statement["verb"]["id"].endswith("/passed")
        file = self.write("statements.json", self.lines(statements))
        packed = self.write("statements.json.gz", gzip.compress(json.dumps(statements).encode()))
        for data in file, packed:
            values, said = self.run_on(data, "--period", "all")
            self.assertIn("3000 rows taken, 0 rejected", said)
            found = values["year"]
            self.assertEqual({group: value["value"] for group, value in found.items()}, {group: len(who) for group, who in people.items()})
            self.assertEqual({group: value["extra"]["passed"] for group, value in found.items()}, passed)
            for group, value in found.items():
                self.assertAlmostEqual(value["extra"]["minutes"], minutes[group], 9)

    def test_where_groups_come_from(self):
        text = SCRIPT.read_text().replace('by = { "course" }', 'by = { "team" }')
        self.write("course_activity.lua", text)
        file = self.write("statements.json", self.lines(made(400)))
        said = self.wijzer("script", "run", "course_activity.lua", "--data", file)
        self.assertEqual(said.returncode, 2)
        self.assertIn("--groups \"team: team\"", said.stderr)
        for groups, word in (("teams: team, tea: team", "level 'team'"), ("team: parent; x", "cannot stand in wijzer.conf"), ("team: parent\n", "cannot stand in wijzer.conf")):
            said = self.wijzer("script", "run", "course_activity.lua", "--data", file, "--groups", groups)
            self.assertEqual(said.returncode, 2, groups)
            self.assertIn(word, said.stderr)
        self.run_on(file, "--groups", "course: parent, team : parent")
        values, _ = self.run_on(file, "--groups", "team: parent")
        self.assertEqual({value["level"] for value in values["course_people"].values()}, {"team"})
        values, said = self.run_on(file, "--groups", "team: platform")
        self.assertEqual(values["course_people"], {})
        self.assertIn('course_people has no value, since no statement of the file has all of this:\n'
                      '  a group of level team, which "team: platform" finds (--groups says where else to look)\n', said)

    def assert_told(self, source, when, inputs, *lines, compute="1"):
        self.write("mine.lua", f"""local w = require "wijzer"
w.indicator {{ id = "mine", source = {source}, by = {{ "course" }}, {when}, inputs = {{ {inputs} }}, compute = function(g) return {compute} end }}""")
        said = self.wijzer("script", "run", "mine.lua", "--data", "s.json").stderr
        if not lines:
            self.assertNotIn("has no value", said)
            return
        head = ('mine has no value, since no statement of the file has all of this:\n'
                '  a group of level course, which "course: grouping|parent" finds (--groups says where else to look)\n')
        self.assertEqual(said.split("\n", 1)[1], head + "".join(f"  {line}\n" for line in lines), said)

    def test_why_there_is_no_value(self):
        """It says what a statement would have to be, and nothing where the script failed or something counts."""
        week, month_of_days = 'period = "week"', 'window = "28d"'
        self.write("s.json", self.lines(made(400)))
        self.assert_told("w.events()", week, "n = w.count()")
        self.assert_told("w.events()", week, 'n = w.sum "nothing", k = w.count()')
        self.assert_told("w.events()", week, "n = w.count()", compute="g.n.median")
        self.assert_told("w.events()", week, "n = w.derive(function(e) error 'no' end)")
        self.assert_told("w.events { verb = 'did' }", week, "n = w.count()", 'for input n the verb "did"')
        self.assert_told("w.events()", week, 'n = w.count { object = "it" }', 'for input n the object "it"')
        self.assert_told("w.events()", week, 'n = w.sum "hours"', 'for input n the measure "hours"')
        self.assert_told("w.events()", week, "n = w.derive(function() end)", "for input n a number from its function")
        self.write("levels.lua", """local w = require "wijzer"
w.indicator { id = "levels", source = w.events { verb = "did" }, by = { "course", "team" }, period = "week", inputs = { n = w.count() },
  compute = function() return 1 end }""")
        for more, said in (((), "course or team"), (("--level", "team"), "team")):
            told = self.wijzer("script", "run", "levels.lua", "--data", "s.json", "--groups", "course: parent, team: team", *more).stderr
            self.assertIn(f'  a group of level {said}, which "course: parent, team: team" finds', told)
        for more in ("--group", "https:%2F%2Flms.example%2Fcourse%2F0"), ("--period", "2020-W01"):  # others may have one
            self.assertNotIn("has no value", self.wijzer("script", "run", "levels.lua", "--data", "s.json", "--groups", "course: parent, team: team", *more).stderr)
        (self.folder / "levels.lua").unlink()
        self.assert_told("w.events { verb = 'did' }", week, 'n = w.sum "hours", of = w.count { verb = "was", object = "it" }, z = w.derive(function() end)',
                         'for input n the verb "did" and the measure "hours"', 'or for input of the verb "was" and the object "it"',
                         'or for input z the verb "did" and a number from its function')
        old = [{**one, "timestamp": "2020-01-01T10:00:00Z"} for one in made(400)]
        self.write("s.json", self.lines(old))
        self.assert_told("w.events()", month_of_days, "n = w.count()",
                         "a time in the last 28 days, today among them (older ones count by `period`, not by `window`)")
        self.write("s.json", self.lines([{**one, "timestamp": "2090-01-01T10:00:00Z"} for one in old]))
        self.script()
        values, said = self.run_on("s.json")
        self.assertEqual(values["course_people"], {})
        self.assertIn("course_people has no value of a period that has begun: the statements are dated later; --period all shows them", said)

    def test_why_there_is_no_value_stands_behind_what_has_none(self):
        self.write("s.json", self.lines(made(10)))
        self.script()
        said = subprocess.run([BUILD / "bin" / "wijzer", "script", "run", "course_activity.lua", "--data", "s.json", "--groups", "course: platform"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10 * PATIENCE, cwd=self.folder).stdout
        found = [line.split()[0].rstrip(":") for line in said.splitlines() if line.startswith("course_")]
        self.assertEqual(found, [name for name in ("course_minutes", "course_passed", "course_people") for _ in range(2)], said)

    def test_a_file_that_is_none_is_all_that_is_told(self):
        self.script()
        answers, cut = self.write("answers.csv", "token,year\n1,2025\n"), self.write("cut.json", "[{")
        for name, why in ("nowhere.json", "No such file"), (answers, "begins with neither { nor ["), (cut, "the file ends before"):
            said = self.wijzer("script", "run", "course_activity.lua", "--data", name)
            self.assertEqual(said.returncode, 1)
            self.assertIn(why, said.stderr)
            self.assertNotIn("has no value", said.stderr)
            self.assertNotIn("has no indicator", said.stderr)

    def test_a_script_on_both(self):
        """Which of the two a file is can be seen in it."""
        self.write("both.lua", BOTH)
        statements = self.write("statements.json", self.lines(made(400)))
        answers = self.write("answers.csv", "token,year,team,a\n" + "".join(f"p{i},2025,A,{i % 5}\n" for i in range(20)))
        said = self.wijzer("script", "run", "both.lua", "--data", statements)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("https:%2F%2Flms.example%2Fcourse%2F3", said.stdout)
        self.assertNotIn("has no value", said.stderr, "no statement is an answer")
        for before in "\ufeff", " \r\n\t", "\ufeff\n":
            said = self.wijzer("script", "run", "both.lua", "--data", self.write("page.json", before + json.dumps(made(400))))
            self.assertIn("400 rows taken, 0 rejected", said.stderr)
        said = self.wijzer("script", "run", "both.lua", "--data", answers)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("2025", said.stdout)
        self.assertNotIn("has no value", said.stderr, "no answer is a statement")
        said = self.wijzer("script", "run", "both.lua", "--data", statements, "--instrument", "m")
        self.assertEqual(said.returncode, 1)

    def test_statements_for_a_script_on_a_survey(self):
        """It says what to do about them, and not only what is wrong with them as an export."""
        survey = BOTH.split("w.indicator { id = \"people\"")[0]
        self.write("survey.lua", survey)
        plain = self.write("s.json", self.lines(made(10)))
        packed = self.write("s.json.gz", gzip.compress(self.lines(made(10)).encode()))
        for file in plain, packed:
            said = self.wijzer("script", "run", "survey.lua", "--data", file)
            self.assertEqual(said.returncode, 1)
            self.assertIn("survey.lua has no indicator on them, as source = w.events() makes one", said.stderr)
        self.assertIn("gunzip", said.stderr)
        answers = self.write("answers.csv", "token,year\n1,2025\n")
        said = self.wijzer("script", "run", "survey.lua", "--data", answers)
        self.assertIn("column 'team' is missing", said.stderr)
        self.assertNotIn("statements", said.stderr)
        said = self.wijzer("script", "run", "survey.lua", "--data", answers, "--groups", "team: team")
        self.assertEqual(said.returncode, 2)
        self.assertIn("--groups is about statements", said.stderr)
        self.write("survey.lua", BOTH)
        self.assertIn("leave out --instrument", self.wijzer("script", "run", "survey.lua", "--data", plain, "--instrument", "m").stderr)

    def test_a_script_on_several_surveys(self):
        survey = BOTH.split("w.indicator { id = \"people\"")[0]
        other = survey.split("\n", 2)[2].replace('id = "m"', 'id = "n"').replace('survey "m"', 'survey "n"').replace('"answers"', '"others"')
        self.write("surveys.lua", survey + other)
        answers = self.write("answers.csv", "token,year,team,a\n" + "".join(f"p{i},2025,A,{i % 5}\n" for i in range(20)))
        said = self.wijzer("script", "run", "surveys.lua", "--data", answers)
        self.assertEqual(said.returncode, 2)
        self.assertIn("uses several instruments; say which one the export is of, as in --instrument m", said.stderr)
        for instrument, indicator in ("m", "answers"), ("n", "others"):
            said = self.wijzer("script", "run", "surveys.lua", "--data", answers, "--instrument", instrument, "--format", "json")
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertEqual([one["indicator"] for one in json.loads(said.stdout) if one["values"]], [indicator])

    def test_statements_that_are_refused(self):
        self.script()
        statements = made(3)
        del statements[1]["verb"]
        said = self.wijzer("script", "run", "course_activity.lua", "--data", self.write("s.json", self.lines(statements)))
        self.assertEqual(said.returncode, 1)
        self.assertIn("2 rows taken, 1 rejected", said.stderr)
        self.assertIn("row 2: the property \"verb\" is missing", said.stderr)


class Tests(EventScripts):
    def check(self, body, failure=None):
        self.script()
        self.write("a_test.lua", f'local w = require "wijzer"\nw.test "it" (function(t)\n{body}\nend)\n')
        said = self.wijzer("script", "test", ".")
        self.assertEqual(said.returncode, 1 if failure else 0, said.stdout + said.stderr)
        if failure:
            self.assertIn(failure, said.stdout)

    def test_those_that_ship(self):
        said = self.wijzer("script", "test", SOURCE / "scripts" / "course_activity_test.lua")
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertIn("6 passed", said.stdout)

    def test_those_that_ship_can_fail(self):
        """Each number that course_activity.lua computes is held by some test."""
        for right, wrong in (("g.events.value / g.people.value", "g.people.value / g.events.value"),
                             ("value = g.people.value", "value = g.events.value"),
                             ("g.minutes.value / g.minutes.n", "g.minutes.value"), ("return 0 end", "return nil end"),
                             ('period = "school_year"', 'period = "month"'), ('period = "week"', 'period = "day"')):
            text = SCRIPT.read_text()
            self.assertIn(right, text)
            self.write("course_activity.lua", text.replace(right, wrong))
            shutil.copy(SOURCE / "scripts" / "course_activity_test.lua", self.folder)
            self.assertEqual(self.wijzer("script", "test", ".").returncode, 1, right)

    def test_every_key_of_an_event(self):
        self.write("all.lua", """local w = require "wijzer"
w.indicator { id = "all", source = w.events { verb = "http://x.nl/did", object = "http://x.nl/that" }, by = { "course" }, period = "day",
  inputs = { d = w.sum "duration", s = w.sum "score", y = w.sum "success", c = w.sum "completion", n = w.count() },
  compute = function(g) return { value = g.n.value, extra = { d = g.d.value, s = g.s.mean, y = g.y.value, c = g.c.value } } end }""")
        self.check("""
  for i = 1, 10 do
    local row = { actor = "p" .. i, verb = "http://x.nl/did", object = "http://x.nl/that", time = "2025-12-24T10:00:00+01:00",
      duration = 1.5, score = -0.25, success = i > 4, completion = i > 7, course = "C" }
    t.import(w.events(), { row, row })
    row.id = string.format("00000000-0000-4000-8000-%012d", i)
    t.equal(t.import(w.events(), { row, row }).duplicate, 1)
  end
  local value = t.value("all", { group = "C", period = "2025-12-24" })
  t.equal(value.value, 30)
  t.near(value.extra.d, 45, 1e-9)
  t.near(value.extra.s, -0.25, 1e-12)
  t.equal(value.extra.y, 18)
  t.equal(value.extra.c, 9)""")

    def test_when_it_is_where_nothing_is_said(self):
        self.check("""
  t.clock "2026-02-02T10:00:00Z"
  for i = 1, 6 do t.import(w.events(), { { actor = "p" .. i, course = "C" } }) end
  t.equal(t.value("course_people", { group = "C", period = "2026-W06" }).value, 6)""")

    def test_whole_statements_and_files_of_them(self):
        self.write("class.json.gz", gzip.compress(json.dumps(made(400)).encode()))
        self.check("""
  t.equal(t.import(w.events(), "class.json.gz").accepted, 400)
  for i = 1, 6 do
    t.import(w.events(), { { actor = { mbox = "mailto:p" .. i .. "@x.nl" }, verb = { id = "http://x.nl/did" }, object = { id = "http://x.nl/o" },
      context = { contextActivities = { parent = { { id = "http://x.nl/c" } } } }, timestamp = "2025-12-30T00:00:00Z" } })
  end
  t.equal(t.value("course_people", { group = "http:%2F%2Fx.nl%2Fc", period = "2026-W01" }).value, 6)""")

    def test_the_team_of_a_whole_statement(self):
        self.write("teams.lua", """local w = require "wijzer"
w.indicator { id = "teams", source = w.events(), by = { "team" }, period = "day", inputs = { p = w.distinct "actor" },
  compute = function(g) return g.p.value end }""")
        self.check("""
  for i = 1, 6 do
    t.import(w.events(), { { actor = { mbox = "mailto:p" .. i .. "@x.nl" }, verb = { id = "http://x.nl/did" }, object = { id = "http://x.nl/o" },
      context = { team = { objectType = "Group", name = "Zorg", mbox = "mailto:zorg@x.nl" } }, timestamp = "2025-12-30T10:00:00Z" } })
  end
  t.equal(t.value("teams", { group = "Zorg", period = "2025-12-30" }).value, 6)""")

    def test_a_value_that_is_not_there(self):
        self.check("""
  t.import(w.events(), { { actor = "a", course = "C", time = "2026-03-02T10:00:00Z" } })
  t.value("course_people", { group = "C" })""", "of a period that has begun by the clock of the test, but of later ones (C in 2026-W10)")
        self.check("""
  t.import(w.events(), { { actor = "a", course = "C" } })
  t.value("course_minutes", { group = "C" })""", "'course_minutes' has no value there: nothing that was imported counts in it")
        self.check("""
  t.import(w.events(), { { actor = "a", course = "C" } })
  t.value("course_people", { group = "C", period = "2025-W50" })""", "'course_people' has no value there: nothing that was imported counts in it")
        self.check('t.import("lms", {})', "events are imported by t.import(w.events(), ...)")

    def test_nothing(self):
        self.check('t.equal(t.import(w.events(), {}).accepted, 0)')

    def test_what_is_wrong_with_an_event(self):
        for row, said in (('{ actor = "a", cours = "x" }', "did you mean 'course'?"), ('{ actor = "a", team = "x" }', "no indicator on events has that level"),
                          ('{ actor = 1 }', "'actor' of an event is a text"), ('{}', "'actor' is missing"),
                          ('{ actor = "a", duration = "1" }', "a number of minutes"), ('{ actor = "a", course = 1 }', "name of its group"),
                          ('{ actor = "a", verb = "did" }', "verb.id")):
            self.check(f't.import(w.events(), {{ {row} }})', f"a_test.lua:3: ")
            self.check(f't.import(w.events(), {{ {row} }})', said)
        self.check('t.import(w.events(), { { actor = "a" }, { actor = "a" }, {} })', "row 3: 'actor' is missing")
        self.check('t.import(w.events { verb = "http://x.nl/y" }, { { actor = "a" } })', "t.import takes all events")
        self.check('t.import(7, {})', "id of an instrument, or w.events()")

    def test_where_no_indicator_is_on_events(self):
        self.write("course_activity.lua", BOTH.split("w.indicator { id = \"people\"")[0])
        self.write("a_test.lua", 'local w = require "wijzer"\nw.test "it" (function(t)\n'
                   't.equal(t.import(w.survey "m", { { token = "1", year = 2025, team = "A", a = 1 } }).accepted, 1)\nt.import(w.events(), {})\nend)\n')
        said = self.wijzer("script", "test", ".")
        self.assertEqual(said.returncode, 1)
        self.assertIn("a_test.lua:4: no indicator of this folder is on events", said.stdout)


if __name__ == "__main__":
    unittest.main()
