# SPDX-License-Identifier: GPL-3.0-or-later
"""Real surveys give the numbers that R gives (expected/real_surveys.R made expected/real_surveys.csv), to 1e-9."""
import csv
import io
import pathlib
import unittest

import lime_files
from wijzer_daemon import DATA, WijzerTest
from workbooks import of_csv

EXPECTED = pathlib.Path(__file__).parent / "expected" / "real_surveys.csv"

# name: file, rows, group column, respondent column, {scale: (items, reversed, range, min_answered, at_least)}
SURVEYS = {
    "bfi": ("survey/psychtools/bfi.csv", 2800, "gender", "rowid", {
        f"bfi_{scale}": ([f"{scale}{i}" for i in range(1, 6)], reverse, (1, 6), 3, 4) for scale, reverse in
        (("A", ["A1"]), ("C", ["C4", "C5"]), ("E", ["E1", "E2"]), ("N", []), ("O", ["O2", "O5"]))}),
    "swmdk": ("survey/mokken_nl/SWMDK.csv", 639, "classId", None, {
        "swmdk": ([f"Item{i}" for i in range(1, 14)], ["Item7", "Item9", "Item12"], (1, 5), 13, 4)}),
    "support": ("survey/mokken_nl/autonomySupport.csv", 259, "Teacher", None, {
        "support": (["Choose", "Decide", "Task", "Listen", "Help", "Accept", "Understand"], [], (1, 5), 5, 3)}),
    "sai": ("survey/psychtools/sai.csv", 5378, "study", None, {
        "sai": ("calm secure tense regretful at.ease upset worrying rested anxious comfortable confident nervous jittery "
                "high.strung relaxed content worried rattled joyful pleasant".split(), [], (1, 4), 10, 3)}),
}


def instrument(name, group, respondent, scales):
    items = {item: (reverse, span) for items, reverse, span, _, _ in scales.values() for item in items}
    lines = [f'["{item}"] = {{ range = {{ {span[0]}, {span[1]} }}, reverse = {"true" if item in reverse else "false"} }}'
             for item, (reverse, span) in items.items()]
    who = f'respondent = "{respondent}",' if respondent else ""
    return (f'require "wijzer".instrument {{ id = "{name}", {who} groups = {{ group = "{group}" }}, '
            f'items = {{ {", ".join(lines)} }} }}\n')


def indicator(name, scale, items, min_answered, at_least):
    listed = ", ".join(f'"{item}"' for item in items)
    return f"""
local w = require "wijzer"
w.indicator {{ id = "{scale}", source = w.survey "{name}", by = {{ "group" }},
  inputs = {{ s = w.scale {{ {listed}, min_answered = {min_answered} }}, first = w.share {{ "{items[0]}", at_least = {at_least} }} }},
  compute = function(g) return {{ value = g.s.mean, ci95 = g.s.ci95, extra = {{ n = g.s.n, sd = g.s.sd, alpha = g.s.alpha,
    share = g.first.value, q90 = g.s.quantile(0.9) }} }} end }}
"""


def code_of(item):
    return f"Q[{item.replace('.', '')}]"


def text_of(item):
    return f"How true is\neach of these? [It is {item}]"


def as_limesurvey(file, group, scales, heading, texts):
    """The same answers as LimeSurvey exports them: one table of questions, answers that have codes and texts."""
    items = [item for listed, *_ in scales.values() for item in listed]
    def answer(cell):
        return "" if not cell else f"Option {cell}" if texts else f"A{cell}"
    read = csv.DictReader(io.StringIO(file.read_text()))
    rows = [[*(answer(row[item]) for item in items), row[group]] for row in read]
    columns = [*((code_of(item), text_of(item)) for item in items), (group, f"What is your {group}?")]
    return lime_files.export(columns, rows, heading)


def lime_instrument(name, group, scales, heading):
    lines = []
    for listed, reverse, (low, high), _, _ in scales.values():
        labels = ", ".join(f'A{code} = {code}, ["OPTION  {code}"] = {code}' for code in range(low, high + 1))
        lines += [f'["{code_of(item)}"] = {{ en = "It is {item}", range = {{ {low}, {high} }}, '
                  f'reverse = {"true" if item in reverse else "false"}, labels = {{ {labels} }} }}' for item in listed]
    column = f"What is your {group}?" if heading == "text" else group
    return (f'require "wijzer".instrument {{ id = "{name}", respondent = "token", groups = {{ group = "{column}" }}, '
            f'items = {{ {", ".join(lines)} }} }}\n')


class RealSurveys(WijzerTest):
    def test_the_same_answers_from_limesurvey_are_r_s_too(self):
        exports = {"bfi": ("code", False), "swmdk": ("text", True), "support": ("both", True), "sai": ("text", False)}
        files = {name: DATA / SURVEYS[name][0] for name in exports}
        w = self.make(feeds="".join(f"[feed {name}]\nplugin = survey\ninstrument = {name}\n" for name in exports),
                      wijzer="min_group_size = 1\n")
        for name, (heading, _) in exports.items():
            _, _, group, _, scales = SURVEYS[name]
            w.script(f"{name}.lua", lime_instrument(name, group, scales, heading) + "".join(
                indicator(name, scale, [code_of(item) for item in items], least, at_least)
                for scale, (items, _, _, least, at_least) in scales.items()))
        w.start()
        self.assertEqual(w.get("/v1/status").json()["scripts"]["errors"], [])
        for name, (heading, texts) in exports.items():
            _, rows, group, _, scales = SURVEYS[name]
            document = as_limesurvey(files[name], group, scales, heading, texts)
            first, again = (w.post(name, document).json() for _ in range(2))
            self.assertEqual((first["accepted"], first["rejected"]), (rows, 0), (name, first["problems"][:3]))
            self.assertEqual((again["accepted"], again["duplicate"]), (0, rows), name)
            self.assertEqual(first["dialect"]["tool"], "limesurvey")
        w.wait_until_current()
        self.compare(w)

    def test_every_number_is_r_s(self):
        files = {name: DATA / survey[0] for name, survey in SURVEYS.items()}
        feeds = "".join(f"[feed {name}]\nplugin = survey\ninstrument = {name}\n" for name in SURVEYS)
        w = self.make(feeds=feeds, wijzer="min_group_size = 1\n")
        for name, (_, _, group, respondent, scales) in SURVEYS.items():
            w.script(f"{name}.lua", instrument(name, group, respondent, scales) + "".join(
                indicator(name, scale, items, least, at_least) for scale, (items, _, _, least, at_least) in scales.items()))
        w.start()
        self.assertEqual(w.get("/v1/status").json()["scripts"]["errors"], [])
        for name, (_, rows, _, _, _) in SURVEYS.items():
            first, again = (w.post(name, files[name].read_bytes()).json() for _ in range(2))
            self.assertEqual((first["accepted"], first["rejected"]), (rows, 0), (name, first["problems"][:3]))
            self.assertEqual((again["accepted"], again["duplicate"]), (0, rows), name)
            workbook = w.post(name, of_csv(w.folder / f"{name}.xlsx", files[name].read_text()), f"{name}.xlsx").json()
            self.assertEqual((workbook["accepted"], workbook["duplicate"]), (0, rows), (name, workbook))
        w.wait_until_current()
        self.compare(w)

    def compare(self, w):
        values = {scale: w.by_group(scale) for survey in SURVEYS.values() for scale in survey[4]}
        with open(EXPECTED, newline="") as file:
            expected = list(csv.DictReader(file))
        self.assertEqual(len(expected), sum(len(groups) for groups in values.values()))
        for line in expected:
            value = values[line["scale"]][line["group"]]
            got = {**value["extra"], "mean": value["value"]}
            if value["ci95"]:
                got["low"], got["high"] = value["ci95"]
            for key in ("n", "mean", "sd", "low", "high", "alpha", "share", "q90"):
                where = (line["scale"], line["group"], key)
                if line[key] in ("NA", "NaN"):
                    self.assertNotIn(key, got, where)
                else:
                    self.assertAlmostEqual(got[key], float(line[key]), delta=1e-9, msg=where)


if __name__ == "__main__":
    unittest.main()
