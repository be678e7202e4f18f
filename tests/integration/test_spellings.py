# SPDX-License-Identifier: GPL-3.0-or-later
"""Two spellings of one name are one team and one wave; what is really different stays two."""
import sqlite3
import unicodedata
import unittest

from wijzer_daemon import EVENT_FEED, EVENT_PLUGINS, FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Coördinatie") for form in ("NFC", "NFD"))


def lines(*teams, year=2025, school="S", start=0, a=None):
    return "".join(f"p{start + i},2025-10-01,{year},{school},{team},{a or 3 + i % 3},2,1\n" for i, team in enumerate(teams))


class Spellings(WijzerTest):
    def make_wijzer(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        return w.start()

    def dry(self, w, text):
        return w.request("POST", "/v1/feeds/m?name=x.csv&dry_run=1", (HEADING + text).encode()).json()

    def send(self, w, text):
        """A dry run says the same."""
        dry = self.dry(w, text)
        wet = w.post("m", (HEADING + text).encode()).json()
        for key in ("accepted", "duplicate", "replaced", "rejected", "hints"):
            self.assertEqual(dry.get(key), wet.get(key), key)
        w.wait_until_current()
        return wet

    def groups(self, w):
        return {group["group"] for group in w.get("/v1/groups").json()["groups"]}

    def test_a_team_is_one_whatever_its_capitals_blanks_and_code(self):
        w = self.make_wijzer()
        report = self.send(w, lines("Zorg", "zorg", "ZORG", "Zorg ", "zorg") + lines(
            COMPOSED, DECOMPOSED, COMPOSED.upper(), "coördinatie", DECOMPOSED + "\u00a0", start=10))
        self.assertEqual((report["accepted"], report["rejected"]), (10, 0))
        self.assertEqual(self.groups(w), {"S", "S/Zorg", f"S/{COMPOSED}"})
        values = w.by_group("mean", "?level=team")
        self.assertEqual({group: value["n"] for group, value in values.items()}, {"S/Zorg": 5, f"S/{COMPOSED}": 5})
        self.assertEqual(set(report["hints"]), {
            f"the team '{name}' is counted as '{known}', which is the same but for its spelling"
            for name, known in (("zorg", "Zorg"), ("ZORG", "Zorg"), (DECOMPOSED, COMPOSED), (COMPOSED.upper(), COMPOSED),
                                ("coördinatie", COMPOSED))})
        again = self.send(w, lines("Zorg", "zorg", "ZORG", "Zorg ", "zorg"))
        self.assertEqual((again["accepted"], again["duplicate"], again["replaced"]), (0, 5, 0))

    def test_what_is_different_stays_two(self):
        w = self.make_wijzer()
        report = self.send(w, lines("Zorg 1", "Zorg 2", "Zorg1", "Zorg-1", "Zorg²", "Zorg2") + lines("zorg 1", school="T", start=9))
        self.assertEqual(self.groups(w), {"S", "T", "S/Zorg 1", "S/Zorg 2", "S/Zorg1", "S/Zorg-1", "S/Zorg²", "S/Zorg2", "T/zorg 1"})
        self.assertNotIn("hints", report)

    def test_the_first_spelling_counts_in_files_that_follow(self):
        w = self.make_wijzer()
        self.send(w, lines("Zorg", school="Roc Midden"))
        report = self.send(w, lines("ZORG", school="ROC MIDDEN", start=1))
        self.assertEqual(self.groups(w), {"Roc Midden", "Roc Midden/Zorg"})
        self.assertEqual(len(report["hints"]), 2)
        # The same person in another spelling of the same team says the same.
        again = self.send(w, lines("zorg", school="roc midden", start=1))
        self.assertEqual((again["accepted"], again["duplicate"], again["replaced"]), (0, 1, 0))

    def test_a_store_from_before_stays_what_it_is(self):
        """Both spellings are there: whoever comes again is found where they were, and the rest goes to the first."""
        w = self.make_wijzer()
        self.send(w, lines("Zorg", "Techniek"))
        w.stop()
        database = sqlite3.connect(w.folder / "state" / "wijzer.db")
        database.execute("UPDATE groups SET name = 'zorg' WHERE name = 'Techniek'")
        database.execute("UPDATE period SET label = '2025.0' WHERE label = '2025'")
        database.commit()
        database.close()
        w.start()
        again = self.send(w, lines("Zorg", "zorg", year="2025.0"))
        self.assertEqual((again["accepted"], again["duplicate"], again["replaced"]), (0, 2, 0))
        self.assertNotIn("hints", again)
        self.assertEqual(self.send(w, lines("ZORG", start=5, year="2025.0"))["hints"],
                         ["the team 'ZORG' is counted as 'Zorg', which is the same but for its spelling"])
        self.assertEqual(self.groups(w), {"S", "S/Zorg", "S/zorg"})

    def test_a_wave_is_the_number_that_a_spreadsheet_meant(self):
        w = self.make_wijzer()
        report = self.send(w, lines("A", "A", "A", year="2025.0") + lines("A", "A", year="2025", start=3) + lines(
            "A", "A", year='"2025,0"', start=5))
        self.assertEqual(report["accepted"], 7)
        self.assertEqual({value["period"]: value["n"] for value in w.values("mean", "?level=team")}, {"2025": 7})
        self.assertEqual(set(report["hints"]), {f"the wave '{wave}' is counted as '2025', which is the same but for its spelling"
                                                for wave in ("2025.0", "2025,0")})
        # A person who is in both is one, and the row further down counts.
        twice = self.send(w, lines("A", year="2026.0", a=1) + lines("A", year="2026", a=2) + lines("A", year="2026.0", a=3))
        self.assertEqual((twice["accepted"], twice["replaced"]), (1, 2))

    def test_waves_with_words(self):
        w = self.make_wijzer()
        self.send(w, lines("A", "A", "A", year="Najaar 2025") + lines("A", "A", year="najaar  2025", start=3)
                  + lines("A", year="v2.0", start=5) + lines("A", year="v2", start=6) + lines("A", year="2.5", start=7))
        periods = {row[0] for row in sqlite3.connect(w.folder / "state" / "wijzer.db").execute("SELECT label FROM period")}
        self.assertEqual(periods, {"Najaar 2025", "v2.0", "v2", "2.5"})

    def test_names_of_events_are_identifiers(self):
        w = self.make(feeds=EVENT_FEED, wijzer=EVENT_PLUGINS)
        add_event_plugin(w)
        w.start()
        w.post("lms", "".join(f"{i:032x}\ta\tviewed\tpage\t1760000000000\t{course}\t\n" for i, course in enumerate(("C1", "c1"))))
        self.assertEqual(self.groups(w), {"C1", "c1"})

    def test_the_command_tells_it(self):
        w = self.make_wijzer()
        (w.folder / "export.csv").write_text(HEADING + lines("Zorg", "zorg"))
        shown = w.run("import", w.folder / "export.csv", "--feed", "m")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("  note: the team 'zorg' is counted as 'Zorg', which is the same but for its spelling\n", shown.stdout)


if __name__ == "__main__":
    unittest.main()
