# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken and is perhaps not what was meant is told to whoever imports it, and taken all the same."""
import json
import unittest

from wijzer_daemon import WijzerTest

INSTRUMENT = """local w = require "wijzer"
w.instrument { id = "m", respondent = "token", submitted = "submitdate", levels = { "team" }, groups = { team = "Team" },
  items = { ["Q1[A]"] = {}, ["Q1[B]"] = {}, Q2 = {} } }
w.indicator { id = "mean", source = w.survey "m", by = { "team" }, inputs = { a = w.item "Q2" }, compute = function(g) return g.a.mean end }
"""

# 1, 2, -99 and 3 to Q2; a box of Q1 is Y or nothing.
EXPORT = "id;submitdate;lastpage;startlanguage;token;Team;Q1[A];Q1[B];Q2\n" + "".join(
    f"{i};2025-10-0{i} 12:00:00;2;nl;t{i};Zorg;{'Y' if i % 2 else ''};{'' if i % 2 else 'Y'};{answer}\n"
    for i, answer in enumerate((1, 2, -99, 3), 1))


class Hints(WijzerTest):
    def test_each_is_told_once_an_import(self):
        w = self.make(feeds="[feed m]\nplugin = survey\ninstrument = m\nwatch = inbox\n", wijzer="min_group_size = 1")
        w.script("m.lua", INSTRUMENT)
        w.start()
        (w.folder / "export.csv").write_text(EXPORT)
        dry, first, again = (json.loads(w.run("import", w.folder / "export.csv", "--feed", "m", "--format", "json", *more).stdout)
                             for more in (["--dry-run"], [], []))
        self.assertEqual([report["accepted"] for report in (dry, first, again)], [4, 4, 0])
        self.assertEqual(len(first["hints"]), 2)
        self.assertEqual((dry["hints"], again["hints"]), (first["hints"], first["hints"]))
        self.assertTrue(first["hints"][0].startswith("-99 is among the answers to 'Q2', "), first["hints"])
        self.assertTrue(first["hints"][1].startswith("the cells of 'Q1[A]', 'Q1[B]' are Y or empty, "), first["hints"])
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["Zorg"]["value"], (1 + 2 - 99 + 3) / 4)
        shown = w.run("import", w.folder / "export.csv", "--feed", "m")
        self.assertEqual(shown.returncode, 0)
        for hint in first["hints"]:
            self.assertIn(f"  note: {hint}\n", shown.stdout)
        # Beside a file of the inbox too, and where no daemon runs.
        (w.folder / "inbox" / "export.csv").write_text(EXPORT)
        told = w.wait_for(lambda: next((w.folder / "inbox" / "done").glob("*.json"), None), "the file is not taken")
        self.assertEqual(json.loads(told.read_text())["hints"], first["hints"])
        alone = w.run("script", "run", w.scripts / "m.lua", "--data", w.folder / "export.csv")
        self.assertIn(f"  note: {first['hints'][0]}\n", alone.stderr)

    def test_an_instrument_that_says_it_is_told_nothing(self):
        w = self.make(feeds="[feed m]\nplugin = survey\ninstrument = m\n")
        box = '{ labels = { Y = 1, [""] = 0 } }'
        w.script("m.lua", INSTRUMENT.replace("] = {}", "] = " + box).replace("items =", "missing = { -99 }, items ="))
        w.start()
        self.assertNotIn("hints", w.post("m", EXPORT).json())


if __name__ == "__main__":
    unittest.main()
