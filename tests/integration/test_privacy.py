# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that want to let out what a single person answered, or who it was. Whatever they try in the functions that see rows,
nothing of it is in any answer of the daemon, nor in its log."""
import unittest

from wijzer_daemon import FEED, HEADING, MONITOR, WijzerTest

# Every respondent's token and answer to `c` can be told from whatever else there is.
COUNT = 6
TOKENS = [f"person-{i}-tok" for i in range(COUNT)]
ANSWERS = [734100 + 17 * i * i for i in range(COUNT)]
SECRETS = TOKENS + [str(answer) for answer in ANSWERS]
DOCUMENT = HEADING + "".join(f"{token},2025-10-01,2025,S,T,{3 + i % 2 * 2},2,{answer}\n"
                             for i, (token, answer) in enumerate(zip(TOKENS, ANSWERS)))

PUBLISHED = ("/v1/status", "/v1/indicators", "/v1/indicators/attack", "/v1/indicators/attack?format=csv", "/v1/scripts",
             "/v1/groups", "/v1/feeds", "/v1/alerts", "/metrics", "/v1/feeds/m/quarantine")

ATTACK = """local w = require "wijzer"
local seen = {{}}
w.indicator {{ id = "attack", source = w.survey "m", by = {{ "team" }}, inputs = {{
    s = w.derive(function(r) {} return r.c end) }},
  compute = function(g)
    local n = g.s.n
    {}
  end }}
"""

PUBLISH = "return { value = n, extra = { seen = table.concat(seen, ' ') .. (all or '') } }"
HIDDEN = "attack.lua:4: an error whose text is not shown, since the function sees somebody's answers"
NO_PRINT = "attack.lua:4: print is not available in a function that sees somebody's answers"

# name: (in derive, in compute, what an author is told by the report or the log; "" for nothing)
CASES = {
    "kept for compute": ("seen[#seen + 1] = r.c", PUBLISH, ""),
    "kept as a global": ("all = (all or '') .. ' ' .. r.c", PUBLISH, ""),
    "kept for a reason": ("seen[#seen + 1] = r.c", "return w.no_value('seen ' .. table.concat(seen, ' '))", ""),
    "kept for an error": ("seen[#seen + 1] = r.c", "error('seen ' .. table.concat(seen, ' '))", "attack.lua:7: seen "),
    "kept for a line of the log": ("seen[#seen + 1] = r.c", "print('seen', table.concat(seen, ' ')) return n", "attack.lua:7: seen"),
    "printed": ("print('one said', r.c)", "return n", NO_PRINT),
    "logged": ("w.log(r.c)", "return n", NO_PRINT),
    "an error": ("error('one said ' .. r.c)", "return n", HIDDEN),
    "an error that was caught": ("local good, said = pcall(error, r.c) error(said)", "return n", HIDDEN),
    "an assertion": ("assert(nil, r.c)", "return n", HIDDEN),
    "the name of an item": ("local x = r['x' .. r.c]", "return n", HIDDEN),
    "the name of a module": ("require('x' .. r.c)", "return n", HIDDEN),
    "the name of a type": ("local x = setmetatable({}, { __name = 'one said ' .. r.c }) + 1", "return n", HIDDEN),
}


class Privacy(WijzerTest):
    def make_wijzer(self, monitor=MONITOR):
        w = self.make(feeds=FEED)
        w.script("m.lua", monitor)
        return w.start()

    def everything(self, w):
        return {"the log": w.read_log(), **{path: w.get(path).body.decode() for path in PUBLISHED}}

    def check_nothing_is_out(self, w, name):
        for where, text in self.everything(w).items():
            for secret in SECRETS:
                self.assertNotIn(secret, text, f"{name}: in {where}")

    def was_evaluated(self, w):
        known = [i for i in w.get("/v1/indicators").json()["indicators"] if i["id"] == "attack"]
        return known and (known[0]["error"] or w.values("attack"))

    def test_what_derive_sees_stays_there(self):
        for name, (derive, compute, told) in CASES.items():
            with self.subTest(name):
                w = self.make_wijzer()
                w.script("attack.lua", ATTACK.format(derive, compute))
                w.wait_for(lambda: w.script_info("attack.lua"), f"{name}: it is not loaded")
                self.assertEqual(w.post("m", DOCUMENT).json()["accepted"], COUNT)
                w.wait_for(lambda: self.was_evaluated(w), f"{name}: nothing came of it")
                w.wait_for(lambda: told in "".join(self.everything(w).values()), f"{name}: nothing is said of it")
                self.check_nothing_is_out(w, name)
                w.kill()

    # ---- waves ---------------------------------------------------------------------------------------------------

    def test_whom_a_wave_function_sees_stays_there(self):
        """It is given the rows before anything in them has become a pseudonym."""
        w = self.make_wijzer(
            "local seen = {}\n" + MONITOR.replace('wave = "year"', "wave = function(row) seen[#seen + 1] = row.token "
                                                  "print(row.token) all = row.c return row.year end")
            + 'w.indicator { id = "attack", source = w.survey "m", by = { "team" }, inputs = { s = w.item "a" }, '
            "compute = function(g) return { value = g.s.mean, extra = { seen = table.concat(seen, ' ') .. (all or '') } } end }\n")
        self.assertEqual(w.post("m", DOCUMENT).json()["accepted"], COUNT)
        value = w.wait_for(lambda: [v for v in w.values("attack") if not v["withheld"]], "there is no value")[0]
        self.assertEqual((value["value"], value["extra"]), (4, {"seen": ""}))
        self.check_nothing_is_out(w, "a wave function")
        self.assertEqual(w.read_log().count("print is not available in a function that sees somebody's answers"), 1)

    def test_a_row_is_refused_without_a_word_of_it(self):
        for name, function, said in (
                ("an error", "error('this is ' .. row.token)", "an error whose text is not shown"),
                ("a column", "return row['x' .. row.token]", "an error whose text is not shown"),
                ("a long wave", "return row.token:rep(9)", "one of more than 64 bytes"),
                ("a wave with controls", r"return row.token .. '\n' .. row.c", "one with a control character")):
            with self.subTest(name):
                w = self.make_wijzer(MONITOR.replace('wave = "year"', f"wave = function(row) {function} end"))
                report = w.post("m", DOCUMENT).json()
                self.assertEqual(report["rejected"], COUNT)
                for problem in report["problems"]:
                    self.assertIn(said, problem["problem"])
                    for secret in SECRETS:
                        self.assertNotIn(secret, problem["problem"])
                for secret in SECRETS:
                    self.assertNotIn(secret, w.read_log())
                w.kill()


if __name__ == "__main__":
    unittest.main()
