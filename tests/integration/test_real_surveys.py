# SPDX-License-Identifier: GPL-3.0-or-later
"""Real surveys give the numbers that R gives (expected/real_surveys.R made expected/real_surveys.csv), to 1e-9."""
import csv
import pathlib
import unittest

from wijzer_daemon import WijzerTest

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


class RealSurveys(WijzerTest):
    def test_every_number_is_r_s(self):
        files = {name: self.needs_data(survey[0]) for name, survey in SURVEYS.items()}
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
