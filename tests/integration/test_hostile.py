# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that mean harm, or might as well. Whatever they do: the daemon lives, a neighbour's indicator goes on, the worker's
memory stays bounded, and the report names the script and its line."""
import os
import pathlib
import re
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, PATIENCE, SLOW, WijzerTest, rows

# Resident memory of a worker: its own limit for a script is 32 MiB; the sanitizers multiply that.
MOST_MEMORY = (200 if SLOW == 1 else 1500) << 20

AT_A_TIME = 2

INDICATOR = """local w = require "wijzer"
w.indicator {{ id = "hostile", source = w.survey "m", by = {{ "team" }}, inputs = {{ {} }},
  compute = function(g)
    {}
  end }}"""

TOO_LONG = r"{}: took too long"
ENDED = r"{}: took longer than \d+ ms and was ended"  # inside a C function, by the daemon
MEMORY = r"{}: out of memory: the script holds more than 32 MiB"


def at_load(code, expected, line=1):
    return code, expected, line


def at_compute(code, expected, line=4):
    return INDICATOR.format('s = w.scale { "a", "b" }', code), expected, line


def at_derive(code, expected, line=2):
    return INDICATOR.format("s = w.derive(function(r) " + code + " end)", "return g.s.mean"), expected, line


RETURNS = object()  # a value instead of an error

# name: (script, what the report says after "hostile.lua:LINE" or RETURNS with the value, line)
CASES = {
    # ---- endless, where the interpreter can be stopped
    "loop at load": at_load("while true do end", TOO_LONG),
    "loop in compute": at_compute("while true do end", TOO_LONG),
    "loop in derive": at_derive("while true do end", TOO_LONG),
    "loop of goto": at_compute("::again:: goto again", TOO_LONG),
    "loop of repeat": at_load("repeat local x = {} until false", TOO_LONG),
    "endless recursion by tail calls": at_compute("local function f() return f() end return f()", TOO_LONG),
    "loop in pcall": at_compute("while true do pcall(function() while true do end end) end", TOO_LONG),
    "loop in xpcall with an endless handler": at_compute(
        "xpcall(function() while true do end end, function() while true do end end) while true do end",
        "(" + TOO_LONG + "|" + ENDED + ")"),
    "loop in a coroutine": at_compute("coroutine.wrap(function() while true do end end)()", TOO_LONG),
    "coroutines that make coroutines": at_compute(
        "local function f() return coroutine.wrap(f)() end f()", r"{}: .*(C stack overflow|took too long|out of memory)"),
    "loop in a coroutine's __close": at_compute(
        "coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) end)()",
        TOO_LONG),
    "loop in __close": at_compute(
        "local x <close> = setmetatable({}, { __close = function() while true do end end })", TOO_LONG),
    "loop in __index": at_compute("local t = setmetatable({}, { __index = function() while true do end end }) return t.x", TOO_LONG),
    "loop in __eq": at_compute("local m = { __eq = function() while true do end end } "
                               "return setmetatable({}, m) == setmetatable({}, m)", TOO_LONG),
    "loop in __concat": at_compute("return setmetatable({}, { __concat = function() while true do end end }) .. 'x'", TOO_LONG),
    "loop in __tostring of a print": at_compute("print(setmetatable({}, { __tostring = function() while true do end end }))", TOO_LONG),
    "loop in an iterator": at_compute("for _ in function() return 1 end do end", TOO_LONG),
    "loop of ipairs over an endless list": at_compute(
        "for _ in ipairs(setmetatable({}, { __index = function() return 1 end })) do end", TOO_LONG),
    "loop in a comparison of sort": at_compute(
        "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)", TOO_LONG),
    "loop in gsub's function": at_compute("string.gsub(('x'):rep(1000), 'x', function() while true do end end)", TOO_LONG),
    "chain of __index": at_compute(
        "local t = {} for i = 1, 3000 do t = setmetatable({}, { __index = t }) end return t.x",
        r"{}: '__index' chain too long; possible loop"),
    "loop that catches what stops it": at_compute(
        "local function again() local good = pcall(again) while true do end end while true do pcall(again) end", TOO_LONG),
    # ---- endless in C, where only the end of the process helps
    "pattern that never returns": at_compute("return (('a'):rep(30)):find(('a*'):rep(30) .. 'b')", ENDED),
    "pattern in gmatch": at_compute("for _ in (('a'):rep(40)):gmatch(('a-'):rep(40) .. 'b') do end", ENDED),
    "rep of nothing": at_compute("return #(''):rep(1e18)", ENDED),
    "move over a huge range": at_compute("table.move(setmetatable({}, { __index = function() end, __newindex = function() end }),"
                                         " 1, 1e15, 2)", TOO_LONG),
    "move over nothing": at_compute("table.move({}, 1, 1e12, 2)", ENDED),
    "concat of a huge range": at_compute(
        "return table.concat(setmetatable({}, { __index = function() return '' end }), '', 1, 1e12)", TOO_LONG),
    "select of very many": at_compute("return select('#', table.unpack({}, 1, 1e7))", r"{}: too many results to unpack"),
    "unpack of very many": at_compute("return #{ table.unpack({}, 1, 1e6 - 10) }", r"{}: too many results to unpack"),
    "sort without order": at_compute(
        "local t = {} for i = 1, 500 do t[i] = i % 7 end table.sort(t, function() return true end)",
        r"{}: invalid order function for sorting"),
    # ---- memory
    "text that doubles": at_compute("local s = 'x' while true do s = s .. s end", MEMORY),
    "rep of a huge text": at_compute("return #('x'):rep(1 << 40)", r"{}: (resulting string too large|out of memory.*)"),
    "table that grows": at_compute("local t = {} for i = 1, 1e9 do t[i] = i end", MEMORY),
    "closures that grow": at_load("local f = function() end while true do local g = f f = function() return g end end", MEMORY),
    "coroutines that stay": at_compute("local t = {} while true do t[#t + 1] = coroutine.create(function() end) end", MEMORY),
    "texts that stay": at_compute("local t = {} for i = 1, 1e9 do t[i] = ('text number ' .. i):rep(99) end", MEMORY),
    "memory in an error handler": at_compute(
        "xpcall(error, function() local s = 'x' while true do s = s .. s end end) return 1", (RETURNS, 1)),
    "memory caught and tried again": at_compute(
        "while true do pcall(function() local t = {} for i = 1, 1e9 do t[i] = i end end) end",
        r"{}: (took too long|out of memory.*)"),
    "memory in derive": at_derive("local s = 'x' while true do s = s .. s end", MEMORY),
    "an error of 30 MiB": at_compute("error(('x'):rep(25 << 20))", MEMORY),
    "format with a wide field": at_compute("return ('%99999d'):format(1)", r"{}: invalid conversion.*'%99999"),
    # ---- finalizers
    "finalizer": at_load("setmetatable({}, { __gc = function() while true do end end })", r"{}: __gc is not available"),
    "finalizer that comes later": at_compute(
        "do local m = {} local t = setmetatable({}, m) m.__gc = function() while true do end end end "
        "for i = 1, 1e5 do local x = {} end return 3", (RETURNS, 3)),
    # ---- errors with traps
    "error of nil": at_compute("error(nil)", r"{}: an error object of type nil"),
    "error of a table": at_compute("error({ code = 1 })", r"{}: an error object of type table"),
    "error with a loop in __tostring": at_compute(
        "error(setmetatable({}, { __tostring = function() while true do end end }))", r"{}: an error object of type table"),
    "error with a false name": at_compute("error(setmetatable({}, { __name = ('x'):rep(1e6) }))",
                                          r"{}: an error object of type table"),
    "error with control characters": at_compute(r"error('one\nwijzerd: error: forged\27[31m\0two')", r"{}: one"),
    "error that is not UTF-8": at_compute(r"error('\xff\xfe')", r"{}: "),
    "error of another level": at_compute("error('deep', 50)", r"{}: deep"),
    "error in an error": at_compute("xpcall(error, function() error('again') end) error('last')", r"{}: last"),
    "stack overflow": at_compute("local function f() return 1 + f() end return f()", MEMORY + "; a function calls itself without end"),
    "pcalls without end": at_compute("local function f() return pcall(f) end return f() and 1 or 1", (RETURNS, 1)),
    "a pattern of captures": at_compute("return ('x'):find(('('):rep(100))", r"{}: too many captures"),
    "a pattern that calls itself": at_compute("return ('x'):rep(3e5):find(('x?'):rep(3e5))", r"{}: (pattern too complex|took)"),
    # ---- the parser
    "parentheses without end": at_load("return " + "(" * 5000, r"{}: C stack overflow"),
    "functions without end": at_load("return " + "function() return " * 1000, r"{}: C stack overflow"),
    "tables in tables": at_load("local t = " + "{" * 1000 + "}" * 1000, r"{}: C stack overflow"),
    "too many locals": at_load("local " + ", ".join(f"a{i}" for i in range(300)) + " = 1", r"{}: too many local variables"),
    "a comment that does not end": at_load("--[[ for ever", r"{}: unfinished long comment"),
    "bytecode": at_load("\x1bLua\x54\x00\x19\x93\r\n\x1a\n", r"hostile\.lua: holds a NUL byte; a script is plain text"),
    "letters that are none": at_load("local \xff = 1", r"{}: <name> expected near"),
    "not a script at all": at_load("<html></html>", r"{}: unexpected symbol near '<'"),
    # ---- results with traps
    "0/0": at_compute("return 0/0", r"hostile\.lua:3: the value is not a number", 3),
    "infinity": at_compute("return { value = 1, ci95 = { 0, 1/0 } }", r"hostile\.lua:3: 'ci95' must be two finite numbers", 3),
    "an extra within itself": at_compute("local t = {} t.t = t return { value = 1, extra = t }", r"hostile\.lua:3: 'extra' is nested more than 4 deep, or holds itself", 3),
    "an extra that runs code": at_compute(
        "return { value = 1, extra = setmetatable({ a = 1 }, { __index = function() while true do end end,"
        " __pairs = function() while true do end end, __len = function() while true do end end }) }", (RETURNS, 1)),
    "a result that runs code": at_compute(
        "return setmetatable({ value = 2 }, { __index = function() while true do end end, __pairs = error })", (RETURNS, 2)),
    "an extra of a function": at_compute("return { value = 1, extra = { f = print } }", r"hostile\.lua:3: 'f' of 'extra' is a function", 3),
    "an extra that is huge": at_compute("local t = {} for i = 1, 199 do t['k' .. i] = ('x'):rep(1000) end return { value = 1, extra = t }",
                                        r"hostile\.lua:3: .*extra", 3),
    "an extra of one table, a billion times": at_compute(
        "local t = ('x'):rep(1000) for _ = 1, 3 do local all = {} for i = 1, 199 do all['k' .. i] = t end t = all end "
        "return { value = 1, extra = t }", r"hostile\.lua:3: 'extra' is longer than 16384 bytes", 3),
    "g itself": at_compute("return g", r"hostile\.lua:3: unknown key '\w+' in the result", 3),
    "a coroutine": at_compute("return coroutine.create(print)", r"hostile\.lua:3: compute returned a thread", 3),
    "a reason that is huge": at_compute("return w.no_value(('x'):rep(1e6))", (RETURNS, None)),
    "statistics beyond what a double holds": at_compute(
        "local w = require 'wijzer' local s = w.stats local huge, other = { 1e200, 2e200, -1e308 }, { 3e200, 9e200, 1e308 } "
        "s.welch(huge, other) s.mann_whitney(huge, other) s.cohen_d(huge, other) s.icc1 { huge, other } s.sd(huge) "
        "s.t_interval(huge) s.quantile({ -1e308, 1e308 }, 0.5) s.alpha { huge, other, huge } s.omega { huge, other, huge, other } "
        "return s.welch({ 1e160, 3e160 }, g.s) and 8 or 7", (RETURNS, 7)),
    # ---- what it prints
    "a flood of lines": at_compute("for i = 1, 1e5 do print(i) end return 4", (RETURNS, 4)),
    "an endless flood of lines": at_compute("while true do print('x') end", TOO_LONG),
    "a forged line": at_compute(r"print('ok\nwijzerd: error: forged\r\27[2K') return 5", (RETURNS, 5)),
    # ---- ways out
    "os": at_load("os.exit(0)", r"{}: attempt to index a nil value \(global 'os'\)"),
    "io": at_load("io.open('/etc/passwd')", r"{}: attempt to index a nil value \(global 'io'\)"),
    "load": at_load("load('x = 1')()", r"{}: attempt to call a nil value \(global 'load'\)"),
    "dofile": at_load("dofile('/etc/passwd')", r"{}: attempt to call a nil value \(global 'dofile'\)"),
    "debug": at_load("debug.getregistry()", r"{}: attempt to index a nil value \(global 'debug'\)"),
    "package": at_load("package.loadlib('x', 'y')", r"{}: attempt to index a nil value \(global 'package'\)"),
    "dump": at_load("string.dump(print)", r"{}: attempt to call a nil value \(field 'dump'\)"),
    "collectgarbage": at_load("collectgarbage('stop')", r"{}: attempt to call a nil value \(global 'collectgarbage'\)"),
    "a file by require": at_load("require '../../etc/passwd'", r"{}: there is no module"),
    "the metatable of texts": at_load("getmetatable('').__index.rep = nil x = ('x'):rep(2)", r"{}: attempt to call a nil value \(method 'rep'\)"),
    "declarations in compute": at_compute("w.indicator { id = 'late' }", r"{}: w\.indicator can only be called while the file is loaded"),
    "very many indicators": at_load(
        "local w = require 'wijzer' for i = 1, 1e5 do w.indicator { id = 'i' .. i, source = w.survey 'm', by = { 'team' }, "
        "inputs = { s = w.item 'a' }, compute = function(g) return 1 end } end", r"{}: a file declares at most 500 indicators"),
    "very many items": at_load(
        "local w = require 'wijzer' local t = ('x'):rep(1900) for k = 1, 30 do local items = {} for i = 1, 1900 do "
        "items['i' .. i] = { nl = t, en = t } end w.instrument { id = 'm' .. k, groups = { a = 'a' }, items = items } end",
        r"{}: w\.instrument: the file declares more than 8 MiB of names and texts"),
    "very many inputs": at_load(
        "local w = require 'wijzer' local items = {} for i = 1, 200 do items[i] = 'item' .. i end for k = 1, 500 do local inputs = {} "
        "for i = 1, 100 do inputs['i' .. i] = w.scale(items) end w.indicator { id = 'h' .. k, source = w.survey 'x', "
        "by = { 'team' }, inputs = inputs, compute = function(g) return 1 end } end",
        r"{}: (w\.indicator: the file declares more than 8 MiB of names and texts|out of memory|took)"),
    "an id of a megabyte": at_load("require 'wijzer'.indicator { id = ('x'):rep(1 << 20) }", r"{}: w\.indicator: 'id' is longer than 64 bytes"),
    "an id with a path": at_load("require 'wijzer'.indicator { id = '../../x' }", r"{}: w\.indicator: 'id' is made of letters"),
    "a neighbour's id": at_load((MEAN % "neighbour").replace("\n", " "), r"(hostile|neighbour)\.lua:\d+: indicator 'neighbour' is declared in"),
    "poison for everybody": at_compute(
        "getmetatable('').__index.format = function() while true do end end math.floor = nil pairs = nil string.rep = error "
        "table.insert = nil setmetatable = nil return 6", (RETURNS, 6)),
}


class Hostile(WijzerTest):
    def worker_memory(self, w):
        """Of the child that is the worker, or 0 between two of them."""
        try:
            children = pathlib.Path(f"/proc/{w.process.pid}/task/{w.process.pid}/children").read_text().split()
            for child in children:
                if "wijzer-worker" in os.readlink(f"/proc/{child}/exe"):
                    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{child}/status").read_text()).group(1)) << 10
        except (OSError, AttributeError):
            pass
        return 0

    def report(self, w):
        info = w.script_info("hostile.lua")
        errors = [info["error"]] if info and info["error"] else []
        errors += [i["error"] for i in w.get("/v1/indicators").json()["indicators"] if i["id"] == "hostile" and i["error"]]
        info = w.script_info("neighbour.lua")
        return "\n".join(errors + ([info["error"]] if info["error"] else []))

    def value(self, w):
        answer = w.get("/v1/indicators/hostile")
        values = answer.json()["values"] if answer.status == 200 else []
        return next((value for value in values if value["withheld"] != "pending_change"), None)

    def check_outcome(self, w, name, expected, line):
        if isinstance(expected, tuple):
            wanted = expected[1]
            value = w.wait_for(lambda: self.value(w), lambda: f"{name}: no value; {self.report(w)}")
            self.assertEqual(value["value"], wanted, name)
            return
        pattern = expected.replace("{}", rf"hostile\.lua:{line}")
        w.wait_for(lambda: re.search("^" + pattern, self.report(w), re.M | re.S),
                   lambda: f"{name}: {pattern} is not in {self.report(w)[:1000]!r}")

    def check_neighbour(self, w, name, generation):
        """New answers are in the neighbour's indicator in reasonable time, whatever the other does."""
        began = time.monotonic()
        score = 1 + generation % 5
        self.assertEqual(w.post("m", HEADING + rows("T", 10, a=score, b=6 - score)).json()["rejected"], 0)
        w.wait_for(lambda: w.by_group("neighbour").get("S/T", {}).get("value") == score, f"{name}: the neighbour stands still")
        self.assertLess(time.monotonic() - began, PATIENCE / 2, name)

    def begin(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("neighbour.lua", MEAN % "neighbour")
        w.start()
        self.check_neighbour(w, "before", 0)
        return w

    def check_case(self, w, name, generation):
        script, expected, line = CASES[name]
        pid = w.process.pid
        (w.scripts / "hostile.lua").write_bytes(script.encode("latin-1"))
        self.check_outcome(w, name, expected, line)
        self.assertLess(self.worker_memory(w), MOST_MEMORY, name)
        self.check_neighbour(w, name, generation)
        self.assertIsNone(w.process.poll(), name)
        self.assertEqual(w.process.pid, pid)
        (w.scripts / "hostile.lua").unlink()
        w.wait_for(lambda: not w.script_info("hostile.lua"), f"{name}: the script stays")
        w.wait_for(lambda: not w.script_info("neighbour.lua")["error"], f"{name}: it has harmed its neighbour")

    def check_cases(self, w, names):
        for generation, name in enumerate(names, 1):
            try:
                self.check_case(w, name, generation)
            except AssertionError as failure:
                self.failed.append(str(failure))
                (w.scripts / "hostile.lua").unlink(missing_ok=True)
                w.wait_for(lambda: not w.script_info("hostile.lua"), f"{name}: the script stays")

    def test_every_script(self):
        """Most of them take until somebody loses patience: several daemons are tried at a time, one script after another in each."""
        self.failed, names = [], list(CASES)
        daemons = [self.begin() for _ in range(AT_A_TIME)]
        self.at_the_same_time(self.check_cases, [(w, names[i::AT_A_TIME]) for i, w in enumerate(daemons)])
        self.assertFalse(self.failed, "\n".join(self.failed))
        for w in daemons:
            for line in w.read_log().splitlines():
                self.assertRegex(line, r"^wijzerd: ", "a line of the log was forged")
            self.assertNotIn("\x1b", w.read_log())


if __name__ == "__main__":
    unittest.main()
