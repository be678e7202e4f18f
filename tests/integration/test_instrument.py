# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer instrument new: what it makes of a file loads, and takes in the very file (or the answers to the survey) it was made
of."""
import json
import unittest

import lime_files
from wijzer_daemon import DATA, WijzerTest

REAL = {"survey/psychtools/bfi.csv": 2800, "survey/psychtools/sai.csv": 5378, "survey/mokken_nl/SWMDK.csv": 639,
        "survey/mokken_nl/SWMD.csv": 651, "survey/mokken_nl/autonomySupport.csv": 259}


class Instrument(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds="[feed x]\nplugin = survey\ninstrument = x\n", wijzer="min_group_size = 1\n")

    def new(self, name, document=None, status=0):
        """The script that is made of a file, or what is said instead."""
        if document is not None:
            (self.w.folder / name).write_bytes(document)
        done = self.w.run("instrument", "new", self.w.folder / name, "--instrument", "x")
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr if status else done.stdout

    def take_in(self, script, more=""):
        """Loads a script without a complaint, with an indicator that hands out answers."""
        self.w.script("x.lua", script)
        check = self.w.run("script", "check", self.w.scripts / "x.lua", "--format", "json")
        self.assertEqual(json.loads(check.stdout)[0]["findings"], [], check.stdout)
        self.w.script("y.lua", more) if more else None
        self.w.start()
        self.assertEqual(self.w.get("/v1/status").json()["scripts"]["errors"], [])

    def accepted(self, document):
        answer = self.w.post("x", document).json()
        self.assertEqual(answer["rejected"], 0, answer)
        return answer["accepted"]

    # ---- CSV --------------------------------------------------------------------------------------------------------

    def test_real_surveys_are_taken_in_by_what_is_made_of_them(self):
        for path, rows in REAL.items():
            with self.subTest(path):
                document = (DATA / path).read_bytes()
                self.w = self.make(feeds="[feed x]\nplugin = survey\ninstrument = x\n")
                self.take_in(self.new("f.csv", document))
                self.assertEqual(self.accepted(document), rows)

    def test_an_export_of_limesurvey_is_taken_in_however_it_is_written(self):
        rows = (lime_files.CODES[:2] + lime_files.CODES[3:]) * 4
        texts = (lime_files.TEXTS[:2] + lime_files.TEXTS[3:]) * 4
        for heading in ("code", "text", "both"):
            for answers in (rows, texts):
                with self.subTest((heading, answers is texts)):
                    document = lime_files.export(lime_files.COLUMNS, answers, heading)
                    self.w = self.make(feeds="[feed x]\nplugin = survey\ninstrument = x\n")
                    script = self.new("f.csv", document)
                    self.assertIn('respondent = "token"', script)
                    self.assertIn('submitted = "submitdate"', script)
                    self.take_in(script)
                    self.assertEqual(self.accepted(document), len(answers))

    def test_what_somebody_wrote_stays_in_the_file(self):
        lines = [f"{i},person{i}@school.nl,I am number {i} and say so,{'eens' if i % 2 else 'oneens'},A,{i % 5}" for i in range(30)]
        script = self.new("f.csv", "\n".join(["nr,mail,why,q,team,k", *lines, *2 * ["30,n,w,Zeer eens,A,1"], "31,n,w,Alone,A,1"]).encode())
        for word in ("person", "number 1"):
            self.assertNotIn(word, script)
        self.assertIn("-- Left out: q (texts)", script)  # one answer is one person's alone
        script = self.new("g.csv", "\n".join(["nr,mail,why,q,team,k", *lines, *2 * ["30,n,w,Zeer eens,A,1"]]).encode())
        self.assertIn('q = { labels = { oneens = 1, eens = 2, ["Zeer eens"] = 3 } }', script)
        self.assertIn("-- Left out: mail (texts)", script)
        self.assertIn('groups = { team = "team" }', script)

    def test_no_text_of_a_file_acts_on_a_terminal_or_ends_its_own_text(self):
        names = ['a "quoted" \\ name', "red \x1b[31m name", "next\u0085line", "turned \u202e name", "]] .. os.exit() --", "end"]
        document = ("team," + ",".join(lime_files.cell(name) for name in names) + ",\x9b\u202eleft out\n"
                    + "".join(f"A,{','.join(str(i % 5 + 1) for _ in names)},some text {i}\n" for i in range(9))).encode()
        script = self.new("f.csv", document)
        for sign in "\x1b\x85\u202e\x9b":
            self.assertNotIn(sign, script)
        self.take_in(script)
        self.assertEqual(self.accepted(document), 9)

    def test_files_of_which_nothing_can_be_made(self):
        self.assertIn("is empty", self.new("f.csv", b"", 1))
        self.assertIn("no column of it looks like an item", self.new("f.csv", b"name,mail\na,b\nc,d\n", 1))
        self.assertIn("No such file", self.new("gone.csv", None, 1))
        self.assertEqual(self.w.run("instrument", "new", "a", "--instrument", "no id").returncode, 2)
        self.assertEqual(self.w.run("instrument").returncode, 2)

    def test_a_file_is_written_once(self):
        (self.w.folder / "my survey.csv").write_text("team,a\nX,1\nX,2\n")
        for status in (0, 1):
            done = self.w.run("instrument", "new", self.w.folder / "my survey.csv", "--output", self.w.folder / "o.lua")
            self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn("is there already", done.stderr)
        self.assertIn('id = "my-survey"', (self.w.folder / "o.lua").read_text())

    # ---- LSS --------------------------------------------------------------------------------------------------------

    def test_a_structure_takes_in_the_answers_to_its_survey(self):
        items = sorted({item for means in lime_files.MEANS for item in means})
        inputs = ", ".join(f'i{number} = w.item "{item}"' for number, item in enumerate(items))
        sums = "\n".join(f"    if g.i{n}.n > 0 then extra.i{n} = g.i{n}.mean; extra.n{n} = g.i{n}.n end" for n in range(len(items)))
        indicator = (f'local w = require "wijzer"\nw.indicator {{ id = "all", source = w.survey "x", by = {{ "language" }},\n'
                     f"  inputs = {{ {inputs} }},\n  compute = function(g)\n    local extra = {{}}\n{sums}\n"
                     f"    return {{ value = 1, extra = extra }} end }}\n")
        for version in (3, 6):
            for heading, answers in (("code", lime_files.CODES), ("both", lime_files.TEXTS)):
                with self.subTest((version, heading)):
                    self.w = self.make(feeds="[feed x]\nplugin = survey\ninstrument = x\n", wijzer="min_group_size = 1\n")
                    self.take_in(self.new("s.lss", lime_files.lss(version)), indicator)
                    self.assertEqual(self.accepted(lime_files.export(lime_files.COLUMNS, answers, heading)), len(answers))
                    self.w.wait_until_current()
                    extra = self.w.by_group("all")["nl"]["extra"]
                    for number, item in enumerate(items):
                        given = [means[item] for means in lime_files.MEANS if item in means]
                        self.assertEqual((extra[f"n{number}"], extra[f"i{number}"]), (len(given), sum(given) / len(given)), item)

    def test_a_structure_says_what_is_asked(self):
        for version in (3, 6):
            script = self.new("s.lss", lime_files.lss(version))
            self.assertIn('title = { nl = "Monitor \\"AI\\"", en = "AI monitor" }', script)
            self.assertIn('["AI[SQ001]"] = { nl = "Wat vindt u van AI? [Ik weet hoe het werkt]", '
                          'en = "What do you think of AI? [I know how it works]", range = { 1, 4 }, labels = answers[1] }', script)
            self.assertIn('answers[1] = { A1 = 1, A2 = 2, A3 = 3, A4 = 4, ["Helemaal mee oneens"] = 1, ["Strongly disagree"] = 1,', script)
            self.assertIn('labels = { Y = 1, [""] = 0 }', script)
            self.assertIn("FIVE = { nl = \"Cijfer\", en = \"Grade\", range = { 1, 5 } }", script)
            self.assertIn("-- Left out: FREE (texts)", script)
            self.assertLess(script.index("AI[SQ002]"), script.index("AI[SQ001]"))  # as they are asked

    def test_a_structure_is_no_answers(self):
        self.w.script("x.lua", self.new("s.lss", lime_files.lss(6)))
        self.w.start()
        answer = self.w.post("x", lime_files.lss(6), "s.lss")
        self.assertIn("wijzer instrument new", json.dumps(answer.json()))

    def test_hostile_structures_are_refused_with_their_line(self):
        good = lime_files.lss(6).decode()
        bomb = good.replace("<document>", '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><document>', 1)
        outside = good.replace("<document>", '<!DOCTYPE d SYSTEM "file:///etc/passwd"><document>', 1)
        for document in (bomb, outside):
            self.assertIn("at line 2: it has a document type", self.new("s.lss", document.encode(), 1))
        self.assertIn("cannot be read, at line", self.new("s.lss", good[:-200].encode(), 1))
        self.assertIn("longer than 64 KiB", self.new("s.lss", good.replace("Nog iets?", "x" * 70000, 1).encode(), 1))
        self.assertIn("nested too deeply", self.new("s.lss", good.replace("<answers>", "<a>" * 100, 1).encode(), 1))
        self.assertIn("is XML", self.new("s.xml", b'<?xml version="1.0"?><document/>', 1))


if __name__ == "__main__":
    unittest.main()
