# SPDX-License-Identifier: GPL-3.0-or-later
"""w.stats as a script calls it, on real data, against R (expected/stats.R)."""
import csv
import math
import pathlib
import unittest

from wijzer_daemon import DATA, FEED, HEADING, MONITOR, WijzerTest, rows

EXPECTED = pathlib.Path(__file__).parent / "expected" / "stats.csv"
REVERSED = {"A": {1}, "C": {4, 5}, "E": {1, 2}, "N": set(), "O": {2, 5}}

SCRIPT = """
local w = require "wijzer"
local s = w.stats
%s
w.indicator { id = "%s", source = w.survey "m", by = { "team" }, inputs = { s = w.scale { "a", "b" } },
  compute = function(g) %s end }
"""


def lua(value):
    if isinstance(value, list):
        return "{" + ",".join(lua(v) for v in value) + "}"
    return "false" if value is None else repr(value)


def number(text):
    return None if text in ("NA", "") else float(text)


def read(file):
    with open(file, newline="") as opened:
        return list(csv.DictReader(opened))


def score(row, items, turned, low, high, fewest):
    answers = [number(row[item]) for item in items]
    answers = [None if a is None else low + high - a if i in turned else a for i, a in zip(items, answers)]
    there = [a for a in answers if a is not None]
    return sum(there) / len(there) if len(there) >= fewest else None


class Stats(WijzerTest):
    def setUp(self):
        self.expected = {}
        for line in EXPECTED.read_text().splitlines():
            name, *values = line.split(",")
            self.expected[name] = [float(v) for v in values]
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.start()
        self.w.post("m", HEADING + rows("T", 6))

    def run_script(self, name, locals_, body):
        self.w.script(f"{name}.lua", SCRIPT % (locals_, name, body))
        self.w.wait_for(lambda: self.w.script_info(f"{name}.lua"), "the script is not seen")

        def result():
            error = self.w.script_info(f"{name}.lua")["error"] or next(
                (i["error"] for i in self.w.get("/v1/indicators").json()["indicators"] if i["id"] == name), None)
            if error:
                raise AssertionError(error)
            answer = self.w.get(f"/v1/indicators/{name}")
            values = answer.json()["values"] if answer.status == 200 else []
            return [value for value in values if value["withheld"] != "pending_change"]
        return self.w.wait_for(result, "no result")[0]["extra"]

    def compare(self, extra, tolerance=1e-9):
        for name, values in extra.items():
            values = [values[key] for key in sorted(values, key=int)] if isinstance(values, dict) else [values]
            self.assertEqual(len(values), len(self.expected[name]), name)
            for at, (got, wanted) in enumerate(zip(values, self.expected[name])):
                if not math.isclose(got, wanted, rel_tol=tolerance, abs_tol=tolerance * 1e-3):
                    self.fail(f"{name}[{at}]: {got!r}, and R says {wanted!r}")

    def bfi(self, scale):
        items = [f"{scale}{i}" for i in range(1, 6)]
        turned = {f"{scale}{i}" for i in REVERSED[scale]}
        data = read(DATA / "survey/psychtools/bfi.csv")
        samples = [[s for s in (score(r, items, turned, 1, 6, 3) for r in data if r["gender"] == gender) if s is not None]
                   for gender in "12"]
        answers = [[None if number(r[i]) is None else 7 - number(r[i]) if i in turned else number(r[i]) for i in items]
                   for r in data]
        return samples, answers

    def test_samples_and_scales_of_the_bfi(self):
        for scale in "ACENO":
            (a, b), answers = self.bfi(scale)
            extra = self.run_script(
                f"bfi{scale}", f"local a, b, rows = {lua(a)}, {lua(b)}, {lua(answers)}",
                f"""
                local t, t90, welch, u = s.t_interval(a), s.t_interval(a, 0.9), s.welch(a, b), s.mann_whitney(a, b)
                return {{ value = 1, extra = {{
                  summary_{scale} = {{ s.mean(a), s.sd(a), s.var(a), s.median(a), s.quantile(a, 0.1), s.quantile(a, 0.9),
                    t[1], t[2], t90[1], t90[2] }},
                  welch_{scale} = {{ welch.t, welch.df, welch.p, welch.difference, welch.ci95[1], welch.ci95[2] }},
                  mann_whitney_{scale} = {{ u.u, u.z, u.p }}, cohen_d_{scale} = s.cohen_d(a, b),
                  alpha_{scale} = s.alpha(rows), omega_{scale} = s.omega(rows) }} }}""")
            omega = extra.pop(f"omega_{scale}")
            self.assertEqual(len(extra), 5)
            self.compare(extra)
            self.compare({f"omega_{scale}": omega}, 1e-4)

    def test_intraclass_correlation(self):
        def grouped(file, group, items, turned, high, fewest):
            groups = {}
            for row in read(DATA / file):
                value = score(row, items(row), turned, 1, high, fewest)
                if value is not None:
                    groups.setdefault(int(row[group]), []).append(value)
            return [groups[key] for key in sorted(groups)]
        swmdk = grouped("survey/mokken_nl/SWMDK.csv", "classId", lambda r: [f"Item{i}" for i in range(1, 14)],
                        {"Item7", "Item9", "Item12"}, 5, 13)
        support = grouped("survey/mokken_nl/autonomySupport.csv", "Teacher", lambda r: [k for k in r if k != "Teacher"],
                          set(), 5, 5)
        extra = self.run_script(
            "icc", f"local swmdk, support, balanced = {lua(swmdk)}, {lua(support)}, "
            f"{lua([g[:10] for g in swmdk if len(g) >= 10])}",
            "return { value = 1, extra = { icc1_swmdk = s.icc1(swmdk), icc1_support = s.icc1(support), "
            "icc1_balanced = s.icc1(balanced), icc1_negative = s.icc1 { { 1, 5 }, { 2, 4 }, { 3, 3, 2.5 } } } }")
        self.assertLess(extra["icc1_negative"], 0)
        self.compare({"icc1_balanced": extra.pop("icc1_balanced")}, 1e-6)  # a mixed model is fitted, not computed
        self.compare(extra)

    def test_many_tests_and_proportions(self):
        wilson = {name: values for name, values in self.expected.items() if name.startswith("wilson_")}
        self.assertEqual(len(wilson), 5)
        body = "".join(
            f"do local i, j = s.wilson({int(v[0])}, {int(v[1])}), s.wilson({int(v[0])}, {int(v[1])}, 0.99) "
            f"extra.{name} = {{ {int(v[0])}, {int(v[1])}, i[1], i[2], j[1], j[2] }} end " for name, v in wilson.items())
        extra = self.run_script("many", f"local p = {lua(self.expected['p_values'])}",
                                "local extra = { benjamini_hochberg = s.benjamini_hochberg(p) } " + body +
                                "return { value = 1, extra = extra }")
        self.compare(extra)

    def test_an_input_is_a_sample(self):
        extra = self.run_script("inputs", "", """
            return { value = 1, extra = { mean = s.mean(g.s), same = s.mean(g.s) == g.s.mean, sd = s.sd(g.s),
              d = tostring(s.cohen_d(g.s, { 1, 2, 3 })), u = s.mann_whitney(g.s, { 1, 2, 3 }).u } }""")
        # Scores of 4.5 and 3.5, three of each: their variance is 0.3, and pooled with that of 1, 2 and 3 it is 0.5.
        self.assertAlmostEqual(extra.pop("sd"), math.sqrt(0.3), 12)
        self.assertAlmostEqual(float(extra.pop("d")), 2 / math.sqrt(0.5), 9)
        self.assertEqual(extra, {"mean": 4, "same": True, "u": 18})

    def test_what_does_not_exist_is_nil(self):
        extra = self.run_script("nothing", "local one, flat, none = { 1 }, { 2, 2 }, {}", """
            local all = { s.mean(none), s.sd(one), s.var(one), s.median(none), s.quantile(none, 0.5), s.t_interval(one),
              s.welch(one, one), s.welch(flat, flat), s.mann_whitney(none, one), s.mann_whitney(flat, flat),
              s.cohen_d(flat, flat), s.icc1 { one }, s.icc1 { one, one }, s.icc1 { flat, flat }, s.alpha { { 1, 2 } },
              s.alpha { { 1, false }, { false, 1 } }, s.omega { { 1, 2 }, { 2, 3 } }, s.wilson(0, 0) }
            return { value = 1, extra = { left = next(all) ~= nil } }""")
        self.assertEqual(extra, {"left": False})

    def test_wrong_arguments_say_what_is_wanted(self):
        for i, (call, expected) in enumerate((
            ("s.mean()", "w.stats.mean: the sample is missing; it takes a list of numbers, or an input"),
            ("s.welch({1, 2}, {1, 'x'})", "w.stats.welch: the second sample holds a string at 2; it takes numbers"),
            ("s.sd { 1, 0/0 }", "w.stats.sd: the sample holds 0/0 at 2"),
            ("s.quantile({ 1 }, 2)", "w.stats.quantile takes a sample and a p from 0 to 1"),
            ("s.t_interval({ 1, 2 }, 95)", "w.stats.t_interval: the level lies between 0 and 1"),
            ("s.icc1 { { 1, 2 }, 3 }", "w.stats.icc1: group 2 is a number"),
            ("s.alpha { { 1, 2 }, { 1, 'x' } }", "w.stats.alpha: row 2 holds a string at 2"),
            ("s.benjamini_hochberg { 0.5, 1.5 }", "a p value lies between 0 and 1"),
            ("s:mean { 1 }", "w.stats.mean is called with a point, not with a colon"),
            ("s:alpha { { 1, 2 } }", "w.stats.alpha is called with a point, not with a colon"),
            ("s:quantile({ 1, 2 }, 0.5)", "w.stats.quantile is called with a point, not with a colon"),
            ("s:t_interval { 1, 2 }", "w.stats.t_interval is called with a point, not with a colon"),
            ("s:wilson(12, 40)", "w.stats.wilson is called with a point, not with a colon"),
            ("w:no_value 'too few'", "w.no_value is called with a point, not with a colon"),
            ("s.mean { a = 1 }", "w.stats.mean: the sample has keys, and nothing at 1; it takes a list"),
            ("s.icc1 { a = { 1 } }", "w.stats.icc1: the list has keys"),
            ("s.benjamini_hochberg { p = 0.1 }", "w.stats.benjamini_hochberg: the list has keys"),
            ("s.wilson(5, 3)", "w.stats.wilson takes how many did, and of how many"),
            ("s.cohens_d({}, {})", "there is no function w.stats.cohens_d; did you mean w.stats.cohen_d?"),
        )):
            with self.assertRaises(AssertionError) as caught:
                self.run_script(f"wrong{i}", "", f"return {call} or 1")
            self.assertIn(expected, str(caught.exception))
            self.assertRegex(str(caught.exception), r"^wrong\d+\.lua:6: ")
        with self.assertRaises(AssertionError) as caught:
            self.run_script("wrong", "s.mean = print", "return 1")
        self.assertIn("wrong.lua:4: w.stats cannot be changed", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
