# SPDX-License-Identifier: GPL-3.0-or-later
"""A wave that a function of the script makes of each row: the same results as of a wave column, by every way in; wrong rows are
named with the script's line; whatever becomes of script, worker or daemon meanwhile, nothing is lost or doubled."""
import json
import random
import threading
import time
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, PATIENCE, WijzerTest

BY_DATE = "function(row) return row.date:sub(1, 4) end"
BY_NUMBER = "function(row)\n  local year = tonumber(row.year)\n  return year * 1.0\nend"

YEARS = (2022, 2023, 2024, 2025)

OTHER_FEED = "[feed other]\nplugin = survey\ninstrument = other\n"
OTHER = """
local w = require "wijzer"
w.instrument { id = "other", groups = { team = "team" }, items = { "a" } }
w.indicator { id = "other", source = w.survey "other", by = { "team" }, inputs = { a = w.item "a" },
  compute = function(g) return g.a.mean end }
"""


def by_function(function):
    return MONITOR.replace('wave = "year"', "wave = " + function)


def make_rows(count, seed=1):
    chance = random.Random(seed)
    return [f"t{chance.randrange(count // 2)},{year}-{chance.randint(1, 12):02}-01,{year},S{i % 2},T{i % 5},"
            f"{chance.randint(1, 5)},{chance.randint(1, 5)},{i % 7}\n"
            for i in range(count) for year in [chance.choice(YEARS)]]


def plain(values):
    return [{key: value for key, value in v.items() if key != "computed_at"} for v in values]


class WaveFunction(WijzerTest):
    def make_wijzer(self, monitor, feeds=FEED):
        w = self.make(feeds=feeds)
        w.script("m.lua", monitor)
        w.script("mean.lua", MEAN % "mean")
        return w.start()

    def all_values(self, w):
        w.wait_until_current()
        return {year: plain(w.values("mean", f"?period={year}")) for year in YEARS}

    def counts(self, report):
        return {key: report[key] for key in ("accepted", "duplicate", "replaced", "rejected")}

    def change_script(self, w, text):
        before = w.script_info("m.lua")
        w.script("m.lua", text)
        w.wait_for(lambda: w.script_info("m.lua")["loaded_at"] != before["loaded_at"], "the script is not loaded anew")

    # ---- the same as a column ------------------------------------------------------------------------------------

    def test_the_result_is_that_of_a_wave_column(self):
        """Also for those who answer twice, in one file and in the next."""
        documents = [HEADING + "".join(make_rows(3000, seed)) for seed in (1, 2)]
        documents.append(documents[1])
        by_column = self.make_wijzer(MONITOR)
        expected = [self.counts(by_column.post("m", d).json()) for d in documents]
        self.assertGreater(expected[1]["replaced"], 0)
        for function in (BY_DATE, BY_NUMBER):
            with self.subTest(function):
                w = self.make_wijzer(by_function(function))
                self.assertEqual([self.counts(w.post("m", d).json()) for d in documents], expected)
                values = self.all_values(w)
                self.assertTrue(all(values.values()))
                self.assertEqual(values, self.all_values(by_column))

    def test_a_watched_folder_takes_it_too(self):
        document = HEADING + "".join(make_rows(2500)) + "last,,2025,S0,T0,9,1,1\n"
        w = self.make_wijzer(by_function(BY_NUMBER))
        (w.folder / "inbox" / "export.csv").write_text(document)
        found = self.wait_until_done(w, "export.csv")
        self.assertEqual(found["accepted"] + found["replaced"] + found["duplicate"], 2500)
        self.assertEqual([p["row"] for p in found["problems"]], [2502])
        by_column = self.make_wijzer(MONITOR)
        by_column.post("m", document)
        self.assertEqual(self.all_values(w), self.all_values(by_column))

    def wait_until_done(self, w, name):
        report = w.folder / "inbox" / "done" / f"{name}.report.json"
        w.wait_for(report.exists, f"{name} is not in done/")
        return json.loads(report.read_text())

    # ---- what goes wrong -----------------------------------------------------------------------------------------

    def test_wrong_rows_are_named_with_the_line_of_the_script(self):
        w = self.make_wijzer(by_function("function(row)\n  if row.token == 't2' then return nil end\n"
                                         "  return row.date:match '^%d+' + 0\nend"))
        line = by_function("@").split("@")[0].count("\n") + 1
        report = w.post("m", HEADING + "t1,2024-01-01,,S,A,1,1,1\nt2,2024-01-01,,S,A,1,1,1\nt3,,,S,A,1,1,1\n"
                                       "t4,2024-01-01,,S,A,7,1,1\nt5,2024-01-02,,S,A,1,1,1\n").json()
        self.assertEqual(self.counts(report), {"accepted": 2, "duplicate": 0, "replaced": 0, "rejected": 3})
        self.assertEqual([p["row"] for p in report["problems"]], [3, 4, 5])
        texts = [p["problem"] for p in report["problems"]]
        self.assertIn(f"m.lua:{line}: a function of 'wave' returns a text or a number; here it returned nil", texts[0])
        self.assertIn(f"m.lua:{line + 2}: attempt to perform arithmetic on a nil value", texts[1])
        self.assertIn("outside 1-5", texts[2])

    def test_a_column_that_is_none_is_named_with_the_nearest(self):
        w = self.make_wijzer(by_function("function(row) return row.dates end"))
        report = w.post("m", HEADING + "t1,2024-01-01,,S,A,1,1,1\n").json()
        self.assertIn("the export has no column 'dates'; did you mean 'date'?", report["problems"][0]["problem"])

    def test_a_function_that_never_ends_refuses_the_document_and_others_go_on(self):
        w = self.make(feeds=FEED + OTHER_FEED)
        w.script("m.lua", by_function("function(row)\n  while row.token == 't7' do end\n  return 2025\nend"))
        w.script("other.lua", OTHER)
        w.start()
        rows = [f"t{i},2025-01-01,2025,S,A,1,1,1\n" for i in range(1500)]
        rows[1200] = rows[7]
        rows[7] = rows[8]
        answers = []
        importer = threading.Thread(target=lambda: answers.append(w.post("m", HEADING + "".join(rows))))
        importer.start()
        served = 0
        while importer.is_alive():
            self.assertEqual(w.post("other", f"team,a\nT,{served}\n").status, 200)
            served += 1
            time.sleep(0.2)
        self.assertGreater(served, 5)
        line = by_function("@").split("@")[0].count("\n") + 2
        self.assertEqual(answers[0].status, 503)
        self.assertIn(f"m.lua:{line}: took too long", answers[0].json()["detail"])
        self.assertEqual(w.script_info("m.lua")["state"], "quarantined")
        self.assertEqual(w.script_info("other.lua")["state"], "active")

        self.change_script(w, by_function("function(row) return 2025 end"))
        report = w.post("m", HEADING + "".join(rows)).json()
        self.assertEqual(report["accepted"] + report["duplicate"] + report["replaced"], 1500)
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], 1499 + served)

    def test_a_file_whose_script_is_at_fault_stays_until_that_is_mended(self):
        w = self.make_wijzer(by_function("function(row) while true do end end"))
        (w.folder / "inbox" / "export.csv").write_text(HEADING + "".join(f"t{i},2024-01-01,,S,A,1,1,1\n" for i in range(10)))

        def problem():
            return w.get("/v1/feeds").json()["feeds"][0]["watch_problem"]
        said = w.wait_for(problem, "nothing is said of the file", 2 * PATIENCE)
        self.assertRegex(said, r"export\.csv stays there and is tried again: m\.lua:\d+: took too long; the script is set aside")
        w.script("m.lua", by_function(BY_DATE))
        self.assertEqual(self.wait_until_done(w, "export.csv")["accepted"], 10)
        self.assertIsNone(problem())

    # ---- what happens meanwhile ----------------------------------------------------------------------------------

    def test_a_script_that_is_saved_during_an_import(self):
        """The same function in another text, again and again: no row is lost, and none gets another wave."""
        w = self.make_wijzer(by_function(BY_DATE))
        rows = make_rows(60000)
        answers = []
        importer = threading.Thread(target=lambda: answers.append(w.post("m", HEADING + "".join(rows))))
        importer.start()
        saved = 0
        while importer.is_alive():
            w.script("m.lua", by_function(BY_DATE) + f"-- {saved}\n")
            saved += 1
            time.sleep(0.05)
        self.assertGreater(saved, 2)
        self.assertEqual(answers[0].status, 200, answers[0].body)
        self.assertEqual(answers[0].json()["rejected"], 0)
        by_column = self.make_wijzer(MONITOR)
        self.assertEqual(self.counts(answers[0].json()), self.counts(by_column.post("m", HEADING + "".join(rows)).json()))
        self.assertEqual(self.all_values(w), self.all_values(by_column))

    def test_a_stop_during_an_import_is_clean(self):
        """Within its five seconds, also while the function does not come to an end."""
        for function in (BY_DATE, "function(row) while true do end end"):
            with self.subTest(function):
                w = self.make_wijzer(by_function(function))
                importer = threading.Thread(target=self.post_and_lose, args=(w, HEADING + "".join(make_rows(60000))))
                importer.start()
                time.sleep(0.4)
                begun = time.monotonic()
                self.assertEqual(w.stop(), 0, w.read_log())
                self.assertLess(time.monotonic() - begun, min(5, PATIENCE))
                importer.join()

    def post_and_lose(self, w, document):
        try:
            w.post("m", document)
        except OSError:
            pass  # it went away

    def test_kill_9_during_an_import(self):
        chance = random.Random(7)
        w = self.make_wijzer(by_function(BY_DATE))
        document = HEADING + "".join(make_rows(20000))
        for _ in range(12):
            importer = threading.Thread(target=self.post_and_lose, args=(w, document))
            importer.start()
            time.sleep(chance.random() * 0.5)
            w.kill()
            importer.join()
            w.start()
        report = w.post("m", document).json()
        self.assertEqual(report["rejected"], 0)
        by_column = self.make_wijzer(MONITOR)
        by_column.post("m", document)
        self.assertEqual(w.get("/v1/status").json()["store"]["rows"], by_column.get("/v1/status").json()["store"]["rows"])
        self.assertEqual(self.all_values(w), self.all_values(by_column))

    # ---- the author's desk ---------------------------------------------------------------------------------------

    def test_script_run_and_script_test_make_waves_too(self):
        w = self.make()
        w.script("m.lua", by_function(BY_DATE))
        w.script("mean.lua", MEAN % "mean")
        w.script("mean_test.lua", """
local w = require "wijzer"
w.test "the wave is the year of the date" (function(t)
  local rows = {}
  for i = 1, 6 do rows[i] = { token = "r" .. i, date = "2023-05-0" .. i, school = "S", team = "A", a = 4, b = 2, c = 1 } end
  t.import("m", rows)
  t.equal(t.value("mean", { group = "S/A" }).period, "2023")
end)
w.test "a row without a date is refused" (function(t)
  t.import("m", { { token = "r1", date = "", school = "S", team = "A", a = 4, b = 2, c = 1 } })
end)
""")
        tested = w.run("script", "test", w.scripts)
        self.assertIn("ok 1 - ", tested.stdout, tested.stderr)
        self.assertIn("not ok 2 - ", tested.stdout)
        self.assertRegex(tested.stdout, r"m\.lua:\d+: a function of 'wave' returns a text or a number; here it returned an empty text")
        data = w.folder / "data.csv"
        data.write_text(HEADING + "".join(f"r{i},2021-01-01,,S,A,4,2,1\n" for i in range(6)))
        run = w.run("script", "run", w.scripts / "mean.lua", "--data", data, "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn('"2021"', run.stdout)


if __name__ == "__main__":
    unittest.main()
