# SPDX-License-Identifier: GPL-3.0-or-later
"""What authors read and what their editors know, held against what the worker itself says that it knows: the types
(scripts/types), and what is made of them: the reference, the luacheck std, the language server's settings."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from wijzer_daemon import (BUILD, EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MONITOR, PATIENCE, SOURCE, WijzerTest,
                           add_event_plugin, rows)

SCRIPTS = SOURCE / "scripts"
TYPES = "\n".join((SCRIPTS / "types" / name).read_text() for name in ("wijzer.lua", "tests.lua"))
REFERENCE = (SCRIPTS / "REFERENCE.md").read_text()
MADE = ("REFERENCE.md", ".luacheckrc", ".luarc.json")

FAR = "qqqqqqqqqqqqqqqqqqqqqqqq"  # near to no name, so that all names are listed
FIRST_LINE = 'local w = require "wijzer"\n'

# How the worker is made to list the keys of a declaration.
DECLARATIONS = {
    "wijzer.text": "w.instrument { title = { %s = 1 }, id = 'x' }",
    "wijzer.instrument": "w.instrument { %s = 1 }",
    "wijzer.instrument_item": "w.instrument { id = 'x', groups = { a = 'a' }, items = { i = { %s = 1 } } }",
    "wijzer.indicator": "w.indicator { %s = 1 }",
    "wijzer.param": "w.indicator { id = 'x', source = w.survey 'm', by = { 'team' }, inputs = { a = w.item 'a' }, "
                    "params = { p = { %s = 1 } } }",
    "wijzer.scale": "w.scale { 'a', %s = 1 }",
    "wijzer.share": "w.share { 'a', %s = 1 }",
    "wijzer.events": "w.events { %s = 1 }",
    "wijzer.count": "w.count { %s = 1 }",
    "wijzer.distinct": "w.distinct { 'actor', %s = 1 }",
    "wijzer.sum": "w.sum { 'duration', %s = 1 }",
    "wijzer.rate": "w.rate { 'day', %s = 1 }",
    "wijzer.alert": "w.alert { %s = 1 }",
}

# A value that each key takes. Those that may be left out are left out.
VALUES = {
    "wijzer.instrument": ("w.instrument", {"id": "'x'", "groups": "{ a = 'a' }", "items": "{ 'i' }"}),
    "wijzer.indicator": ("w.indicator", {
        "id": "'x'", "source": "w.survey 'm'", "by": "{ 'team' }", "inputs": "{ a = w.item 'a' }",
        "compute": "function() return 1 end"}),
    "wijzer.alert": ("w.alert", {"id": "'x'", "on": "'y'", "raise": "function() end", "summary": "'z'"}),
}

WORDS = {
    "wijzer.period": "w.indicator { id = 'x', source = w.events(), by = { 'a' }, period = '%s' }",
    "wijzer.param_type": DECLARATIONS["wijzer.param"].replace("%s = 1", "type = '%s'"),
    "wijzer.distinct_word": "w.distinct '%s'",
    "wijzer.rate_word": "w.rate '%s'",
    "wijzer.severity": "w.alert { id = 'x', on = 'y', severity = '%s' }",
    "wijzer.no_value_word": "w.alert { id = 'x', on = 'y', on_no_value = '%s' }",
}

INDICATOR = FIRST_LINE + """
w.indicator { id = "%s", source = w.survey "m", by = { "school", "team" },
  inputs = { knowledge = w.scale { "a", "b" } }, compute = function(g) %s end }
"""
OF_EVENTS = FIRST_LINE + """
w.indicator { id = "%s", source = w.events(), by = { "course" }, period = "day",
  inputs = { input = %s }, compute = function(g) return g.input.""" + FAR + """ end }
"""
ALERT = FIRST_LINE + """
w.alert { id = "alert", on = "group", level = "school", summary = "x", raise = function(now) return now.""" + FAR + """ end }
"""

# What the worker is made to list while it computes: the class, and what compute does.
COMPUTED = {
    "wijzer.group": f"return g.{FAR}",
    "wijzer.compared": f"return g.parent and g.parent.{FAR} or 1",
    "wijzer.input": f"return g.knowledge.{FAR}",
    "wijzer.result": f"return {{ {FAR} = 1 }}",
}
OF_STATS = {"wijzer.welch": "welch", "wijzer.mann_whitney": "mann_whitney"}
COMPUTED_OF_EVENTS = {"wijzer.event_input": "w.count()", "wijzer.sum_input": "w.sum 'duration'"}

# A folder in which the examples of tests hold: in team Zorg half of them answer 3, half 4, in Techniek all 5.
TESTED = FIRST_LINE + """
w.instrument { id = "monitor-ict", respondent = "token", wave = "jaar", levels = { "institution", "team" },
  groups = { institution = "instelling", team = "team" }, items = { ai_1 = { range = { 1, 5 } } } }
w.indicator { id = "genai_readiness", source = w.survey "monitor-ict", by = { "institution", "team" },
  inputs = { knowledge = w.item "ai_1", use = w.share { "ai_1", at_least = 5 } },
  compute = function(g) return { value = g.knowledge.mean, extra = { use = g.use.value } } end }
w.alert { id = "genai_drop", on = "genai_readiness", level = "team", hold = "3d", summary = "{group}",
  raise = function(now) return now.value < 4 end }
w.indicator { id = "course_people", source = w.events(), by = { "course" }, period = "week", inputs = { people = w.distinct "actor" },
  compute = function(g) return g.people.value end }
"""
# Ten of each: of fewer, the share that is the same for all would be withheld.
ANSWERS = [("ROC", "Zorg", 3 + i % 2) for i in range(10)] + [("ROC", "Techniek", 5)] * 10
FIXTURE = "token,jaar,instelling,team,ai_1\n"

# Classes without keys of their own, and the rows, whose keys are the instrument's items and the export's columns.
WITHOUT_KEYS = {"wijzer.source", "wijzer.declared_input", "wijzer.no_value", "wijzer.row", "wijzer.export_row"}
MODULES = {"wijzer", "wijzer.stats", "wijzer.t"}


# ---- what the types say ----------------------------------------------------------------------------------------------

class Described:
    """A class of the types."""

    def __init__(self, name, parent, block):
        fields = re.findall(r"^---@field (\w+)(\??) ", block, re.M)
        self.name, self.parent = name, parent
        self.keys = {key for key, _ in fields}
        self.required = {key for key, optional in fields if not optional}


def described_classes():
    classes = {}
    for block in TYPES.split("\n\n"):
        found = re.search(r"^---@class ([\w.]+)(?:: ([\w.]+))?$", block, re.M)
        if found:
            classes[found[1]] = Described(found[1], found[2], block)
    return classes


CLASSES = described_classes()


def keys_of(name):
    """With those of the class that it builds on."""
    return CLASSES[name].keys | (keys_of(CLASSES[name].parent) if CLASSES[name].parent else set())


def described_functions():
    names = re.findall(r"^function ([\w.]+)\(", TYPES, re.M)
    return {re.sub("^stats", "w.stats", name) for name in names}


def described_words(alias):
    return set(re.findall('"(.*?)"', re.search(rf"^---@alias {alias} (.*)$", TYPES, re.M)[1]))


# ---- what the reference says -----------------------------------------------------------------------------------------

def reference_sections():
    return dict(re.findall(r"^### (.*?)\n(.*?)(?=^###? |\Z)", REFERENCE, re.M | re.S))


def reference_keys(name):
    """Of the section of a class, or of the function that takes it."""
    sections = reference_sections()
    short = name.removeprefix("wijzer.")
    return set(re.findall(r"^\| `:?(\w+)(?:\(.*?\))?` \|", sections.get("w." + short) or sections[short.replace("_", " ")],
                          re.M)) - {"NAME"}


def reference_examples():
    return re.findall(r"^```lua\n(.*?)^```", REFERENCE, re.M | re.S)


# ---- what others say -------------------------------------------------------------------------------------------------

def lua(code, *arguments):
    return subprocess.run(["lua5.4", "-", *map(str, arguments)], input=code, capture_output=True, text=True,
                          check=True).stdout.split()


WALK = """
local function walk(names, before)
  for key, value in pairs(names) do
    if type(key) == "number" then print(before .. value)
    else print(before .. key) walk(value.fields, before .. key .. ".") end
  end
end
"""


def luacheck_names(std):
    """"math" and "math.floor", as the luacheck std lists them."""
    return set(lua(f"stds = {{}} dofile(arg[1]) {WALK} walk(stds.{std}.read_globals, '')", SCRIPTS / ".luacheckrc"))


LIST_GLOBALS = """arg = nil
local names = {}
for name, value in pairs(_G) do
  names[#names + 1] = name
  if type(value) == "table" and value ~= _G and not (package and value == package.loaded) then
    for member in pairs(value) do names[#names + 1] = name .. "." .. member end
  end
end
"""


def listed(text):
    """The names of "... known are a, b and c"."""
    return set(re.findall(r"[\w]+", re.search(r"(?:known are|there are|it has|it takes) (.*)$", text, re.M)[1])) - {"and"}


class Reference(WijzerTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-reference-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def checks(self, scripts):
        """Checks each alone; by name."""
        for name, text in scripts.items():
            folder = self.folder / name  # of its own: scripts may declare the same
            folder.mkdir()
            (folder / "script.lua").write_text(FIRST_LINE + text)
        paths = [self.folder / name / "script.lua" for name in scripts]
        done = subprocess.run([BUILD / "bin" / "wijzer", "script", "check", "--format", "json", *paths],
                              capture_output=True, text=True, timeout=10 * PATIENCE)
        checks = json.loads(done.stdout)
        self.assertEqual(len(checks), len(scripts), done.stderr)
        return dict(zip(scripts, checks))

    def check(self, scripts):
        """What wijzerd has against each."""
        return {name: check["error"] for name, check in self.checks(scripts).items()}

    def findings(self, scripts):
        return {name: check["findings"] for name, check in self.checks(scripts).items()}

    def run_tests(self, text):
        """The outcome of each test of a file in a folder of its own."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "fixtures").mkdir()
        (folder / "fixtures" / "six.csv").write_text(
            FIXTURE + "".join(f"p{i},2025,ROC,Zorg,{3 + i % 3}\n" for i in range(6)))
        (folder / "all.csv").write_text(
            FIXTURE + "".join(f"p{i},2025,{of},{team},{answer}\n" for i, (of, team, answer) in enumerate(ANSWERS)))
        (folder / "script.lua").write_text(TESTED)
        (folder / "the_test.lua").write_text(FIRST_LINE + text)
        done = subprocess.run([BUILD / "bin" / "wijzer", "script", "test", "--format", "json", folder],
                              capture_output=True, text=True, timeout=10 * PATIENCE)
        return json.loads(done.stdout)

    def names_of_t(self):
        outcome, = self.run_tests(f'w.test "t" (function(t) return t.{FAR} end)')
        return {f"t.{name}" for name in listed(outcome["failure"].splitlines()[0])}

    def where_keys(self):
        outcome, = self.run_tests(f'w.test "t" (function(t) t.value("x", {{ {FAR} = 1 }}) end)')
        return listed(outcome["failure"].splitlines()[0])

    def event_keys(self):
        """But for the levels that indicators have."""
        outcome, = self.run_tests(f'w.test "t" (function(t) t.import(w.events(), {{ {{ {FAR} = 1 }} }}) end)')
        return listed(outcome["failure"].splitlines()[0]) - {"course"}

    def indicator_errors(self, w, count):
        def errors():
            found = {i["id"]: i["error"] for i in w.get("/v1/indicators").json()["indicators"] if i["error"]}
            return found if len(found) == count else None
        return w.wait_for(errors, "not every indicator has its error")

    def assert_all_know(self, name, worker):
        """The worker's own names are those of the types and of the reference."""
        self.assertEqual(keys_of(name), worker, f"{name} in scripts/types")
        inherited = keys_of(CLASSES[name].parent) if CLASSES[name].parent else set()
        self.assertEqual(reference_keys(name), worker - inherited, f"{name} in scripts/REFERENCE.md")

    # ---- what is made is current ---------------------------------------------------------------------------------------

    def test_what_is_made_of_the_types_is_what_stands_there(self):
        subprocess.run(["lua5.4", SCRIPTS / "types" / "generate.lua", self.folder], check=True)
        for name in MADE:
            self.assertEqual((self.folder / name).read_text(), (SCRIPTS / name).read_text(),
                             f"scripts/{name} is behind; run lua5.4 scripts/types/generate.lua")

    # ---- nothing drifts ------------------------------------------------------------------------------------------------

    def test_every_function(self):
        errors = self.check({"w": f"local _ = w.{FAR}", "stats": f"local _ = w.stats.{FAR}"})
        self.assertEqual({name for name in described_functions() if name.startswith("t.")}, self.names_of_t())
        self.assertEqual({title for title in reference_sections() if title.startswith("t.")}, self.names_of_t())
        worker = {f"w.{name}" for name in listed(errors["w"])} | {f"w.stats.{name}" for name in listed(errors["stats"])}
        self.assertGreater(len(worker), 25)
        self.assertEqual({name for name in described_functions() if name.startswith("w.")}, worker)
        self.assertEqual({title for title in reference_sections() if title.startswith("w.")}, worker)
        self.assertEqual(luacheck_names("wijzer_lines") - {"w", "w.stats"}, worker)

    def test_every_key_of_a_declaration(self):
        errors = self.check({name: text % FAR for name, text in DECLARATIONS.items()})
        for name, error in errors.items():
            self.assert_all_know(name, listed(error))

    def test_what_may_be_left_out(self):
        for name, (function, values) in VALUES.items():
            self.assertEqual(CLASSES[name].required, set(values), name)
            def declaration(without=None):
                return f"{function} {{ {', '.join(f'{k} = {v}' for k, v in values.items() if k != without)} }}"
            scripts = {f"{function} {key}": declaration(key) for key in values}
            errors = self.check({**scripts, function: declaration()})
            self.assertIsNone(errors.pop(function))
            for script, error in errors.items():
                self.assertRegex(error or "", f"needs .*'{script.split()[1]}'", script)

    def test_every_word(self):
        errors = self.check({alias: text % FAR for alias, text in WORDS.items()})
        for alias, error in errors.items():
            words = set(re.findall('"(.*?)"', error)) - {FAR}
            self.assertEqual(described_words(alias), words, alias)
            self.assertTrue(all(f'`"{word}"`' in REFERENCE for word in words), alias)
        self.assertEqual(set(WORDS) | {"wijzer.sample"}, set(re.findall(r"^---@alias (\S+)", TYPES, re.M)))

    def test_every_placeholder(self):
        error = self.check({"alert": f"w.alert {{ id = 'x', on = 'y', summary = '{{{FAR}}}' }}"})["alert"]
        worker = set(re.findall(r"\{(\w+)\}", error)) - {FAR}
        summary = re.search(r"^\| `summary` .*$", REFERENCE, re.M)[0]
        self.assertEqual(set(re.findall(r"`\{(\w+)\}`", summary)), worker)

    def test_every_name_that_compute_and_raise_see(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        for name, body in COMPUTED.items():
            w.script(f"{name}.lua", INDICATOR % (name, body))
        w.script("group.lua", INDICATOR % ("group", "return 1"))
        w.script("alert.lua", ALERT)
        w.start()
        w.post("m", HEADING + rows("A", 6))
        errors = self.indicator_errors(w, len(COMPUTED))
        for name in COMPUTED:
            self.assert_all_know(name, listed(errors[name].splitlines()[0]) - {"knowledge"})
        rule = w.wait_for(lambda: next((r for r in w.get("/v1/alerts/rules").json()["rules"] if r["error"]), None), "no error")
        self.assert_all_know("wijzer.published", listed(rule["error"].splitlines()[0]))

    def test_every_name_of_an_input_of_events(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        for name, made_by in COMPUTED_OF_EVENTS.items():
            w.script(f"{name}.lua", OF_EVENTS % (name, made_by))
        w.start()
        w.post("lms", f"{1:032x}\tann\tread\tbook\t1795000000000\tC\t30\n")
        errors = self.indicator_errors(w, len(COMPUTED_OF_EVENTS))
        for name in COMPUTED_OF_EVENTS:
            self.assert_all_know(name, listed(errors[name].splitlines()[0]))

    def test_the_check_knows_the_same_names(self):
        made_by = {"wijzer.input": ("w.survey 'm'", "w.item 'a'", ""),
                   **{name: ("w.events()", text, "period = 'day', ") for name, text in COMPUTED_OF_EVENTS.items()}}
        scripts = {name: f"w.indicator {{ id = 'i', source = {source}, by = {{ 'team' }}, {period}inputs = {{ one = {made} }},"
                         f" compute = function(g) return g.one.{FAR} end }}" for name, (source, made, period) in made_by.items()}
        scripts["wijzer.published"] = ALERT.replace(FIRST_LINE, "")
        scripts["wijzer.group"] = (
            "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' }, inputs = { one = w.item 'a' }, "
            "compute = function(g) return g.one.n, " + ", ".join(f"g.{key}" for key in keys_of("wijzer.group")) + " end }")
        found = self.findings(scripts)
        self.assertNotIn("unknown-input", [f["code"] for f in found.pop("wijzer.group")])
        for name, findings in found.items():
            unknown = next(f["message"] for f in findings if f["code"] == "unknown-member")
            self.assertEqual(listed(unknown), keys_of(name), name)

    def test_every_name_of_an_event(self):
        """As the check lists them; the worker gives a number for each, and none for what it does not know."""
        of_events = OF_EVENTS.replace("." + FAR, ".value")
        names = listed(next(f["message"] for f in self.findings(
            {"e": (of_events % ("e", f"w.derive(function(e) return e.{FAR} end)")).replace(FIRST_LINE, "")})["e"]
            if f["code"] == "unknown-item"))
        self.assertEqual(names, keys_of("wijzer.event"))
        read = "; ".join(f"local _ = e.{name}" for name in sorted(names))
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.script("all.lua", of_events % ("all", f"w.derive(function(e) {read}; return 7 end)"))
        w.script("none.lua", of_events % ("none", "w.derive(function(e) return e['actor'] end)"))
        w.start()
        w.post("lms", f"{1:032x}\tann\tread\tbook\t1795000000000\tC\t30\n")
        errors = self.indicator_errors(w, 1)
        self.assertIn("an event has no 'actor'", errors["none"])
        self.assertEqual(w.values("all")[0]["value"], 7)

    def test_the_check_knows_every_variable(self):
        names = {name for name in luacheck_names("wijzer") if "." not in name}
        found = self.findings({"all": f"return w, {', '.join(sorted(names))}", "far": f"return w, {FAR}, os, io"})
        self.assertEqual(found["all"], [])
        self.assertEqual([f["code"] for f in found["far"]], ["undefined-variable"] * 3)

    def test_the_check_knows_every_function_of_the_libraries(self):
        names = {name for name in luacheck_names("wijzer") if "." in name and name.split(".")[0] in
                 ("string", "table", "math", "utf8", "coroutine")}
        left_out = "math.random, math.randomseed, string.dump, coroutine.close"
        found = self.findings({"all": f"return w, {', '.join(sorted(names))}", "far": f"return w, {left_out}"})
        self.assertGreater(len(names), 60)
        self.assertEqual(found["all"], [])
        self.assertEqual([f["code"] for f in found["far"]], ["undefined-variable"] * 4)

    def test_what_statistics_give(self):
        errors = self.check({name: f"""
            local keys = {{}}
            for key in pairs(w.stats.{function}({{ 1, 2, 4 }}, {{ 2, 3, 9 }})) do keys[#keys + 1] = key end
            error("it has " .. table.concat(keys, ", "))""" for name, function in OF_STATS.items()})
        for name, error in errors.items():
            self.assert_all_know(name, listed(error))

    def test_every_class_is_held_against_the_worker(self):
        self.assert_all_know("wijzer.where", self.where_keys())
        self.assert_all_know("wijzer.test_event", self.event_keys())
        held = {"wijzer.where", "wijzer.test_event", "wijzer.event", *DECLARATIONS, *COMPUTED, *COMPUTED_OF_EVENTS, *OF_STATS, "wijzer.published"}
        self.assertEqual(set(CLASSES), held | WITHOUT_KEYS | MODULES)
        for name in WITHOUT_KEYS:
            self.assertEqual(CLASSES[name].keys, set(), name)
        self.assertEqual(CLASSES["wijzer"].keys, {"stats"})

    def test_the_lua_there_is(self):
        error = self.check({"globals": LIST_GLOBALS + "error(table.concat(names, ' '))"})["globals"]
        worker = set(error.splitlines()[0].split(": ", 1)[1].split())
        self.assertEqual(luacheck_names("wijzer"), worker)
        table = re.search(r"^\| left out \|.*?\n\n", REFERENCE, re.M | re.S)[0]
        left_out = {name for row in re.findall(r"^\|(.*?)\|", table, re.M) for name in re.findall(r"`(.*?)`", row)}
        whole = set(lua(LIST_GLOBALS + "print(table.concat(names, ' '))")) - {"arg"}
        self.assertEqual(worker - whole, set())
        self.assertEqual({name for name in whole if {name, name.split(".")[0]} & left_out}, whole - worker)
        self.assertEqual(left_out - whole, set(), "Lua has no such name")
        disabled = json.loads((SCRIPTS / ".luarc.json").read_text())["runtime.builtin"]
        self.assertEqual(set(disabled), {name for name in left_out if any(n.startswith(name + ".") for n in whole)})

    # ---- what stands there works ---------------------------------------------------------------------------------------

    def test_every_example_works(self):
        examples = [e for e in reference_examples() if not re.search(r"\bt\.\w+[ (]", e)]
        self.assertGreater(len(examples), 30)
        computed = [e for e in examples if re.search(r"\bg\.|\bg:|w\.stats", e) and not e.startswith(("w.indicator", "local w"))]
        loaded = {f"example{i}": e for i, e in enumerate(examples) if e not in computed}
        for name, error in self.check(loaded).items():
            self.assertIsNone(error, loaded[name])
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        for i, example in enumerate(computed):
            w.script(f"example{i}.lua", INDICATOR % (f"example{i}", example + "do return 1 end"))
        w.start()
        w.post("m", HEADING + rows("A", 12) + rows("B", 12, a=2, b=4) + rows("A", 12, a=1, year=2023).replace(
            "2025-10-01", "2023-10-01"))
        w.wait_until_current()
        for i, example in enumerate(computed):
            self.assertIsNone(w.script_info(f"example{i}.lua")["error"], example)
            self.assertTrue(all(v["value"] == 1 for v in w.values(f"example{i}")), example)
        indicators = w.get("/v1/indicators").json()["indicators"]
        self.assertEqual([(i["id"], i["error"]) for i in indicators if i["error"]], [])

    def test_every_example_of_a_test_works(self):
        examples = [e for e in reference_examples() if re.search(r"\bt\.\w+[ (]", e)]
        self.assertGreater(len(examples), 10)
        text = "".join(e if e.startswith("w.test") else
                       f'w.test "{i}" (function(t) t.import("monitor-ict", "all.csv")\n{e}end)\n' for i, e in enumerate(examples))
        outcomes = self.run_tests(text)
        self.assertEqual(len(outcomes), len(examples))
        self.assertEqual([outcome["failure"] for outcome in outcomes if not outcome["passed"]], [])

    @unittest.skipUnless(shutil.which("luacheck"), "luacheck is not here")
    def test_luacheck(self):
        def luacheck(text, *options):
            done = subprocess.run(["luacheck", "--config", SCRIPTS / ".luacheckrc", "--codes", "--no-color", *options, "-"],
                                  input=text, capture_output=True, text=True)
            self.assertLess(done.returncode, 2, done.stdout + done.stderr)
            return re.findall(r"\((\w\d+)\)", done.stdout)
        scripts = sorted(SCRIPTS.glob("*.lua"))
        self.assertGreater(len(scripts), 4)
        subprocess.run([BUILD / "bin" / "wijzer", "script", "new", "new"], cwd=self.folder, check=True, capture_output=True)
        for script in [*scripts, self.folder / "new.lua"]:
            text = script.read_text()
            self.assertEqual(luacheck(text), [], script.name)
            lines = text.replace(FIRST_LINE, "")
            self.assertEqual(luacheck(lines, "--std", "wijzer+wijzer_lines"), [], script.name)
        self.assertEqual(luacheck("return os.time(), math.random(), math.floor(1)"), ["W113", "W143"])
        lines = "return w.item 'a', w.itme 'a', w.stats.mean {}, w.stats.maen {}"
        self.assertEqual(luacheck(lines, "--std", "wijzer+wijzer_lines"), ["W143", "W143"])


if __name__ == "__main__":
    unittest.main()
