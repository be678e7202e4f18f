# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of survey tools, through the confined decoder, with nothing told but the instrument.

Qualtrics: "Understanding Your Dataset" of its support pages. Microsoft Forms: "Check and share your form results".
Google Forms: "View & manage form responses". SurveyMonkey: a real export, see ../data/surveymonkey/SOURCE.md.
"""
import csv
import io
import json
import math
import unittest

from wijzer_daemon import SOURCE, WijzerTest
from workbooks import of_csv

LABELS = 'labels = { ["Helemaal mee oneens"] = 1, ["Mee oneens"] = 2, ["Neutraal"] = 3, ["Mee eens"] = 4, ["Helemaal mee eens"] = 5 }'
ANSWERS = ["Mee eens", "mee  EENS", "Helemaal mee eens", "Neutraal", "Mee oneens", "", "Helemaal mee oneens", "Mee eens"]
CODES = [4, 4, 5, 3, 2, 1, 4]  # of those that are answers

INDICATOR = """
w.indicator { id = "mean", source = w.survey "m", by = { "team" }, inputs = { q = w.item "q", tool = w.share { "tool", at_least = 1 } },
  compute = function(g) return { value = g.q.mean, extra = { n = g.q.n, sd = g.q.sd, share = g.tool.value } } end }
"""


def instrument(keys, question, tool):
    return (f'local w = require "wijzer"\nw.instrument {{ id = "m", {keys}, groups = {{ team = "In welk team werk je?" }}, {LABELS},\n'
            f'  items = {{ q = {{ nl = {question}, range = {{ 1, 5 }} }}, tool = {{ nl = {tool} }} }} }}\n') + INDICATOR


def written(rows, **dialect):
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


def qualtrics():
    imported = [json.dumps({"ImportId": "endDate", "timeZone": "America/Denver"}, separators=(",", ":"))] + [
        json.dumps({"ImportId": name}, separators=(",", ":"))
        for name in ("status", "finished", "_recordId", "distributionChannel", "QID1", "QID2", "QID3")]
    rows = [["EndDate", "Status", "Finished", "ResponseId", "DistributionChannel", "Q1", "Q2", "Q3"],
            ["End Date", "Response Type", "Finished", "Response ID", "Distribution Channel",
             "<p>Ik weet&nbsp;hoe AI\nwerkt</p>", "Welke gebruik je? - Selected Choice", "In welk <b>team</b> werk je?"], imported,
            ["2024-05-01 02:00:00", "Survey Preview", "True", "R_0", "preview", "Mee eens", "ChatGPT", "Zorg"]]
    return rows + [["2024-05-01 02:00:00", "IP Address", "True", f"R_{i + 1}", "anonymous", answer,
                    "ChatGPT,Copilot" if i < 2 else "Copilot", "Zorg"] for i, answer in enumerate(ANSWERS)]


def microsoft():
    rows = [["ID", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Ik weet\u00a0hoe AI werkt\u00a0", "Welke gebruik je?",
             "In welk team werk je?"]]
    return rows + [[i, "x", f"5/{12 + i}/24 10:00:00", "anonymous", "", answer, "ChatGPT;Copilot;" if i < 2 else "Copilot;", "Zorg"]
                   for i, answer in enumerate(ANSWERS)]


def google():
    rows = [["Tijdstempel", "Ik weet hoe AI werkt", "Welke gebruik je?", "In welk team werk je?"]]
    return rows + [[f"2024/05/01 10:0{i}:00 AM CEST", answer, "ChatGPT, Copilot" if i < 2 else "Copilot", "Zorg"]
                   for i, answer in enumerate(ANSWERS)]


class SurveyTools(WijzerTest):
    def start(self, script):
        w = self.make(feeds="[feed m]\nplugin = survey\ninstrument = m\n", wijzer="min_group_size = 1\n")
        w.script("m.lua", script)
        w.start()
        self.assertEqual(w.get("/v1/status").json()["scripts"]["errors"], [])
        return w

    def check_workbook(self, w, document, report):
        """The same rows as a workbook are the same responses."""
        text = document.decode("utf-8-sig")
        workbook = of_csv(w.folder / "m.xlsx", text, {"comma": ",", "semicolon": ";"}[report["dialect"]["delimiter"]])
        again = w.post("m", workbook, "m.xlsx").json()
        self.assertEqual((again["accepted"], again["duplicate"], again["rejected"]), (0, report["accepted"], 0), again)
        for key in ("tool", "date_order", "left_out"):
            self.assertEqual(again["dialect"].get(key), report["dialect"].get(key))

    def check(self, script, document, tool, dates=None):
        w = self.start(script)
        report = w.post("m", document).json()
        self.assertEqual((report["accepted"], report["rejected"]), (len(ANSWERS), 0), report["problems"])
        self.assertEqual((report["dialect"]["tool"], report["dialect"].get("date_order")), (tool, dates))
        again = w.post("m", document).json()
        self.assertEqual((again["accepted"], again["duplicate"]), (0, len(ANSWERS)))
        self.check_workbook(w, document, report)
        w.wait_until_current()
        (value,) = w.values("mean")
        mean = sum(CODES) / len(CODES)
        self.assertAlmostEqual(value["value"], mean, delta=1e-9)
        self.assertEqual(value["extra"]["n"], len(CODES))
        self.assertAlmostEqual(value["extra"]["sd"], math.sqrt(sum((c - mean) ** 2 for c in CODES) / (len(CODES) - 1)), delta=1e-9)
        self.assertAlmostEqual(value["extra"]["share"], 2 / len(ANSWERS), delta=1e-9)
        return w, report

    def test_qualtrics(self):
        script = instrument('respondent = "ResponseId", submitted = "EndDate"', '"Ik weet hoe AI werkt"',
                            '"Welke gebruik je? - Selected Choice - ChatGPT"')
        w, report = self.check(script, written(qualtrics()).encode("utf-8-sig"), "qualtrics")
        self.assertEqual(report["dialect"]["left_out"], "1")
        (w.folder / "export.csv").write_text(written(qualtrics()))
        run = w.run("script", "run", w.scripts / "m.lua", "--data", w.folder / "export.csv", "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertAlmostEqual(json.loads(run.stdout)[0]["values"][0]["value"], sum(CODES) / len(CODES), delta=1e-9)

    def test_microsoft_forms(self):
        script = instrument('respondent = "ID", submitted = "Tijd van voltooien"', '"Ik weet hoe AI werkt"',
                            '"Welke gebruik je? - ChatGPT"')
        self.check(script, written(microsoft(), delimiter=";").encode(), "microsoft forms", "month-first")

    def test_google_forms(self):
        script = instrument('submitted = "Tijdstempel"', '"Ik weet hoe AI werkt"', '"Welke gebruik je? - ChatGPT"')
        self.check(script, written(google()).encode(), "google forms")

    # Of NASA are the rows with "Strongly agree" and "Agree"; R's sd(c(5, 4)) is sqrt(1 / 2).
    def test_a_real_export_of_surveymonkey(self):
        w = self.start("""local w = require "wijzer"
w.instrument { id = "m", respondent = "Respondent ID",
  groups = { company = "Company" },
  labels = { ["strongly disagree"] = 1, disagree = 2, ["neither agree nor disagree"] = 3, agree = 4, ["strongly agree"] = 5 },
  items = { snow = { en = "I wish it would have snowed more this winter.", range = { 1, 5 } } } }
w.indicator { id = "mean", source = w.survey "m", by = { "company" }, inputs = { q = w.item "snow" },
  compute = function(g) return { value = g.q.mean, extra = { sd = g.q.sd } } end }
""")
        document = (SOURCE / "tests" / "data" / "surveymonkey" / "demo.csv").read_bytes()
        report = w.post("m", document).json()
        self.assertEqual((report["accepted"], report["rejected"], report["dialect"]["tool"]), (7, 0, "surveymonkey"))
        self.check_workbook(w, document, report)
        w.wait_until_current()
        values = w.by_group("mean")
        self.assertEqual({group: value["value"] for group, value in values.items() if group != "NASA"},
                         {"Poor Richard's": 1, "Smithsonian": 3, "NAACP": 1, "Public Health Co": 2, "ThinkTank": 5})
        self.assertAlmostEqual(values["NASA"]["value"], 4.5, delta=1e-9)
        self.assertAlmostEqual(values["NASA"]["extra"]["sd"], math.sqrt(1 / 2), delta=1e-9)

    def test_a_question_of_very_many_parts_takes_bounded_memory(self):
        """Of eight thousand parts, each with all of a question of 60 kB would be more memory than the decoder has."""
        w = self.start(instrument('respondent = "Respondent ID"', '"p7000"', '"p7001"').replace("In welk team werk je?", "p0"))
        parts = range(8000)
        report = w.post("m", written([["Respondent ID", "q" * 60000] + [""] * 7999, [""] + [f"p{i}" for i in parts],
                                      ["1"] + [i % 5 + 1 for i in parts]])).json()
        self.assertEqual(report.get("accepted"), 1, report)

    def test_the_feed_may_tell_the_order_of_dates(self):
        script = instrument('submitted = "date"', '"q"', '"tool"')
        document = "date,In welk team werk je?,q,tool\n03/04/2025,Zorg,4,1\n"
        w = self.start(script)
        answer = w.post("m", document)
        self.assertEqual(answer.status, 422)
        self.assertIn("set the feed's key 'dates' to day-first or month-first", answer.json()["detail"])
        self.assertEqual(answer.json()["dialect"]["delimiter"], "comma")
        self.assertEqual(w.stop(), 0)
        w.config.write_text(w.config.read_text() + "dates = day-first\n")
        w.start()
        report = w.post("m", document).json()
        self.assertEqual((report["accepted"], report["dialect"]["date_order"]), (1, "day-first"))


if __name__ == "__main__":
    unittest.main()
