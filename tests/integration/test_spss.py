# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of SPSS through the confined decoder: the numbers are R's (expected/spss.R made expected/spss.csv), to 1e-9; and a file
that is damaged is a failed import that says what to do. The files, and where they are from: tests/data/spss."""
import csv
import pathlib
import struct
import subprocess
import unittest

from wijzer_daemon import BUILD, SOURCE, WijzerTest

FILES = SOURCE / "tests" / "data" / "spss"
EXPECTED = pathlib.Path(__file__).parent / "expected" / "spss.csv"

# An item by its id, or by the label of its variable.
INSTRUMENT = """
local w = require "wijzer"
w.instrument { id = "m", respondent = "nr", submitted = "ingevuld",
  groups = { team = "team_van_de_docent_bij_de_instelling" }, levels = { "team" }, labels = { A = 1, B = 2 },
  items = { wg_1 = { range = { 1, 5 } }, goed = { nl = "Ik kan goed overweg met ict", range = { 1, 5 } },
    wg_3 = { range = { 1, 5 }, reverse = true }, v_4 = { range = { 1, 5 } }, v_5 = { range = { 1, 5 } }, uren = {}, functie = {} } }
w.indicator { id = "score", source = w.survey "m", by = { "team" },
  inputs = { s = w.scale { "wg_1", "goed", "wg_3", "v_4", "v_5", min_answered = 3 }, first = w.share { "wg_1", at_least = 4 },
    hours = w.scale { "uren" }, role = w.scale { "functie" } },
  compute = function(g) return { value = g.s.mean, ci95 = g.s.ci95, extra = { n = g.s.n, sd = g.s.sd, alpha = g.s.alpha,
    share = g.first.value, hours_n = g.hours.n, hours = g.hours.mean, role_n = g.role.n, role = g.role.mean } } end }
"""
DEGREES = """
require "wijzer".instrument { id = "d", respondent = "nr", groups = { name = "naam" }, items = { graad = {} } }
"""
FEEDS = "[feed m]\nplugin = survey\ninstrument = m\nwatch = inbox\n[feed d]\nplugin = survey\ninstrument = d\n"


class Spss(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEEDS)
        self.w.script("m.lua", INSTRUMENT)
        self.w.script("d.lua", DEGREES)
        self.w.start()
        self.assertEqual(self.w.get("/v1/status").json()["scripts"]["errors"], [])

    def compare(self):
        self.w.wait_until_current()
        values = self.w.by_group("score")
        with open(EXPECTED, newline="", encoding="utf-8") as file:
            expected = list(csv.DictReader(file))
        self.assertEqual(set(values), {line["team"] for line in expected})
        for line in expected:
            value = values[line["team"]]
            got = {**value["extra"], "mean": value["value"], "low": value["ci95"][0], "high": value["ci95"][1]}
            for key in ("n", "mean", "sd", "low", "high", "alpha", "share", "hours_n", "hours"):
                self.assertAlmostEqual(got[key], float(line[key]), delta=1e-9, msg=(line["team"], key))
            teachers, instructors = int(line["teachers"]), int(line["instructors"])
            self.assertEqual(got["role_n"], teachers + instructors, line["team"])
            self.assertAlmostEqual(got["role"], (teachers + 2 * instructors) / (teachers + instructors), delta=1e-9)

    def test_every_number_is_r_s_whatever_the_file_is_packed_with(self):
        first = self.w.post("m", (FILES / "made" / "monitor.sav").read_bytes()).json()
        self.assertEqual((first["accepted"], first["rejected"]), (240, 0), first["problems"][:3])
        with open(FILES / "counts.tsv", encoding="utf-8") as file:
            counts = {line[0]: line[2] for line in csv.reader(file, delimiter="\t")}
        self.assertEqual(first["dialect"], {"format": "sav", "charset": "utf-8", "items_by": "id and text",
                                            "user_missing": counts["made/monitor.sav"]})
        self.compare()
        again = self.w.post("m", (FILES / "made" / "monitor.zsav").read_bytes()).json()
        self.assertEqual((again["accepted"], again["duplicate"], again["dialect"]["format"]), (0, 240, "zsav"))

    def test_a_packed_file_alone_gives_the_same(self):
        run = self.w.run("import", FILES / "made" / "monitor.zsav", "--feed", "m")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("zsav", run.stdout + run.stderr)
        self.compare()

    def test_a_file_in_the_watched_folder(self):
        (self.w.folder / "inbox" / "monitor.sav").write_bytes((FILES / "made" / "monitor.sav").read_bytes())
        done = self.w.folder / "inbox" / "done" / "monitor.sav"
        self.w.wait_for(done.exists, "the file is not put away")
        self.compare()

    def test_a_script_runs_on_it_without_a_daemon(self):
        script = self.w.folder / "alone.lua"
        script.write_text(INSTRUMENT)
        run = subprocess.run([BUILD / "bin" / "wijzer", "script", "run", script, "--data", FILES / "made" / "monitor.sav"],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("240 rows taken, 0 rejected", run.stderr + run.stdout)

    def test_an_instrument_is_made_of_its_labels(self):
        """What make.R and make.sps wrote: user-missing codes have labels too, and are no answers."""
        for file, lines in (
                ("made/monitor.sav", ('wg_1 = { nl = "Ik gebruik ict in mijn lessen", range = { 1, 5 }, labels = ',
                                      '["helemaal mee eens"] = 5', "Left out: uren (numbers)")),
                ("pspp/windows-1252.zsav", ('nl = "Hoe vaak gebruikt u ict? (één antwoord)", range = { 1, 5 }, '
                                            "labels = { nooit = 1, altijd = 5 } },",)),
                ("haven/iris.sav", ("Species = { range = { 1, 3 }, labels = { setosa = 1, versicolor = 2, virginica = 3 } },",))):
            made = self.w.run("instrument", "new", FILES / file)
            self.assertEqual(made.returncode, 0, made.stderr)
            for line in lines:
                self.assertIn(line, made.stdout, file)
            for missing in ("weet niet", "geen antwoord", "geen opgave"):
                self.assertNotIn(missing, made.stdout, file)

    def test_other_sets_and_the_old_transport_file_behind_the_walls(self):
        """Nothing there may open a file, as iconv would."""
        for file, column, group in (("pspp/windows-1252.zsav", "graad", "naam"), ("pspp/plain.sav", "graad", "naam"),
                                    ("pyreadstat/sample.por", "MYNUM", "MYCHAR")):
            script = self.w.folder / "other.lua"
            script.write_text(f"""local w = require "wijzer"
w.instrument {{ id = "o", groups = {{ g = "{group}" }}, levels = {{ "g" }}, items = {{ {column} = {{}} }} }}
w.indicator {{ id = "i", source = w.survey "o", by = {{ "g" }}, inputs = {{ s = w.scale {{ "{column}" }} }},
  compute = function(g) return g.s.mean end }}
""")
            run = subprocess.run([BUILD / "bin" / "wijzer", "script", "run", script, "--data", FILES / file, "--format", "json"],
                                 capture_output=True, text=True, timeout=60, check=False)
            self.assertIn("5 rows taken", run.stderr + run.stdout, file)
            if group == "naam":
                self.assertIn("Müller €5", run.stdout, file)

    def refusal(self, document, feed="m"):
        answer = self.w.post(feed, document)
        self.assertEqual(answer.status, 422)
        return answer.json()

    def test_a_file_that_is_cut_off(self):
        whole = (FILES / "made" / "monitor.sav").read_bytes()
        said = self.refusal(whole[:len(whole) // 2])["detail"]
        self.assertRegex(said, r"it says that it has 240 cases, and \d+ can be read; save it again in SPSS")
        self.assertIn("list of variables cannot be read on at byte", self.refusal(whole[:900])["detail"])
        self.compare_after(whole)

    def test_a_file_that_crashes_readstat(self):
        """A text of more than 255 bytes in UTF-8 that is nothing but zero bytes: fixed in ReadStat after version 1.1.9 with
        887d3a1 ("force parse error if attempting to decrement zero"). Where it is fixed, the file is damaged all the same."""
        document = bytearray((FILES / "pspp" / "plain.sav").read_bytes())
        charset = document.find(struct.pack("<III", 7, 3, 4)) + 16 + 7 * 4
        document[charset:charset + 4] = struct.pack("<i", 65001)
        row = len(document) - 6 * 384  # six cases of 384 bytes; the text begins after 80
        document[row + 80:row + 384] = bytes(304)
        said = self.refusal(bytes(document), "d")["detail"]
        self.assertIn("damaged", said)
        self.assertIn("again", said)
        whole = self.w.post("d", (FILES / "pspp" / "plain.sav").read_bytes()).json()
        self.assertEqual((whole["accepted"], whole["rejected"]), (5, 1), whole)

    def compare_after(self, whole):
        report = self.w.post("m", whole).json()
        self.assertEqual((report["accepted"] + report["duplicate"], report["rejected"]), (240, 0))
        self.compare()


if __name__ == "__main__":
    unittest.main()
