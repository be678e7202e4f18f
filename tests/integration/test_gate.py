# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that are too small are withheld, whichever way one asks, and so is what would give them away."""
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows

TELLTALE = """
local w = require "wijzer"
w.indicator { id = "telltale", source = w.survey "m", by = { "team" }, inputs = { s = w.item "a", t = w.item "c" },
  compute = function(g)
    local ok, message = pcall(function() return g.s.mean end)
    return { value = g.t.n, extra = { n = g.t.n, seen = tostring(message) } }
  end }
"""


class Gate(WijzerTest):
    def test_a_small_group_is_withheld_everywhere(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("telltale.lua", TELLTALE)
        w.start()
        w.post("m", HEADING + rows("Large", 6) + rows("Middle", 5) + rows("Small", 4, a=5, b=1))
        w.wait_until_current()
        hidden = {"value": None, "n": None, "ci95": None, "extra": None, "withheld": "small_group"}
        for indicator in ("mean", "telltale"):
            for query in ("", "?level=team", "?group=S/Small", "?period=all", "?period=2025&group=S/Small"):
                value = w.by_group(indicator, query)["S/Small"]
                self.assertEqual({key: value[key] for key in hidden}, hidden, (indicator, query))
            csv = w.get(f"/v1/indicators/{indicator}?format=csv&group=S/Small").body.decode().splitlines()[1]
            self.assertTrue(csv.startswith('"S/Small","team","2025",,,,,small_group,,'), csv)
            self.assertRegex(w.run("indicators", indicator, "--group", "S/Small").stdout, r"2025 +withheld \(small group\)")
        self.assertEqual(w.by_group("mean")["S/Large"]["value"], 4)

    def test_the_fifth_respondent_opens_it_and_a_raised_minimum_closes_it(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        w.post("m", HEADING + rows("T", 4))
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/T"]["withheld"], "small_group")
        w.post("m", HEADING + rows("T", 1, start=4))
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/T"]["value"], 4)
        w.stop()
        w.config.write_text(w.config.read_text().replace("[wijzer]\n", "[wijzer]\nmin_group_size = 6\n"))
        w.start()
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/T"]["withheld"], "small_group")

    def withheld(self, w, indicator="mean"):
        return {group.removeprefix("S/"): value["withheld"] for group, value in w.by_group(indicator).items()}

    def begin(self, *scripts, wijzer=""):
        w = self.make(feeds=FEED, wijzer=wijzer)
        w.script("m.lua", MONITOR)
        for number, text in enumerate(scripts):
            w.script(f"{number}.lua", text)
        return w.start()

    def post(self, w, *teams):
        self.assertEqual(w.post("m", HEADING + "".join(rows(*team) for team in teams)).json()["rejected"], 0)
        w.wait_until_current()

    def test_what_gives_a_small_group_away_is_withheld_and_no_more(self):
        w = self.begin(MEAN % "mean")
        self.post(w, ("A", 4), ("B", 7), ("C", 6), ("D", 9))
        expected = {"S": None, "A": "small_group", "B": None, "C": "complementary", "D": None}
        self.assertEqual(self.withheld(w), expected)
        self.assertRegex(w.run("indicators", "mean", "--group", "S/C").stdout, r"withheld \(could give people away\)")
        csv = w.get("/v1/indicators/mean?format=csv&group=S/C").body.decode().splitlines()[1]
        self.assertTrue(csv.startswith('"S/C","team","2025",,,,,complementary,,'), csv)
        w.kill()
        w.start()
        w.wait_until_current()
        self.assertEqual(self.withheld(w), expected, "after a restart")
        self.post(w, ("A", 5))
        self.assertEqual(set(self.withheld(w).values()), {None}, "nobody is in a small group any more")

    def test_what_was_shown_does_not_change_places_with_what_was_not(self):
        w = self.begin(MEAN % "mean")
        self.post(w, ("A", 4), ("B", 7), ("C", 6), ("D", 9))
        self.post(w, ("C", 8))  # now B is the smaller one; but its value is known
        self.assertEqual(self.withheld(w)["C"], "complementary")
        self.assertIsNone(self.withheld(w)["B"])

    INSIDE = (MEAN % "inside").replace('{ "school", "team" }', '{ "team" }')
    AROUND = (MEAN % "around").replace('{ "school", "team" }', '{ "school" }')

    def test_indicators_do_not_give_each_other_away(self):
        w = self.begin(self.INSIDE, self.AROUND)
        self.post(w, ("A", 4), ("B", 7), ("C", 6))
        self.assertEqual(self.withheld(w, "around"), {"S": None})
        self.assertEqual(self.withheld(w, "inside"), {"A": "small_group", "B": None, "C": "complementary"})
        (w.scripts / "1.lua").unlink()
        w.wait_for(lambda: self.withheld(w, "inside")["C"] is None, "it is withheld for nothing")

    @staticmethod
    def item(name, item, levels):
        return MEAN.replace('w.scale { "a", "b", min_answered = 1 }', f'w.item "{item}"').replace(
            '{ "school", "team" }', levels) % name

    @staticmethod
    def answers(team, count, answering_a=100):
        """Everybody answers everything, but for item a of those beyond so many."""
        return "".join(f"{team}{i},2025-10-01,2025,S,{team},{3 + i % 2 if i < answering_a else ''},{2 + i % 3},{1 + i % 4}\n"
                       for i in range(count))

    def test_a_scale_and_one_of_its_items_around_do_not_give_the_other_item_away(self):
        """Where all answered both: twice the scale without the item is the other item, and without B and C it is A's."""
        scale = (MEAN % "scale").replace('{ "school", "team" }', '{ "school" }')
        w = self.begin(self.item("around", "a", '{ "school" }'), scale, self.item("inside", "b", '{ "team" }'))
        w.post("m", HEADING + self.answers("A", 4) + self.answers("B", 7) + self.answers("C", 6))
        w.wait_until_current()
        shown = [self.withheld(w, name)["S"] is None for name in ("around", "scale")]
        inside = self.withheld(w, "inside")
        self.assertEqual(inside["A"], "small_group")
        self.assertFalse(all(shown) and inside["B"] is None and inside["C"] is None, (shown, inside))

    def test_a_group_in_which_few_answered_one_question_is_not_given_away(self):
        """Eight people are behind the other question, so the team itself is large enough."""
        w = self.begin(self.item("around", "a", '{ "school" }'), self.item("inside", "a", '{ "team" }'),
                       self.item("other", "c", '{ "school", "team" }'))
        w.post("m", HEADING + self.answers("A", 8, 4) + self.answers("B", 9) + self.answers("C", 7))
        w.wait_until_current()
        self.assertEqual(set(self.withheld(w, "other").values()), {None})
        self.assertEqual(self.withheld(w, "inside"), {"A": "small_group", "B": None, "C": "complementary"})
        self.assertEqual(self.withheld(w, "around"), {"S": None})

    def test_a_number_is_not_given_away_because_another_of_the_same_answers_is_shown(self):
        """`both` is withheld of A, where few answered c; the share of a is shown there, its mean is not to be worked out."""
        both = self.item("both", "a", '{ "team" }').replace('w.item "a"', 'w.item "a", t = w.item "c"').replace(
            "g.s.mean, ci95", "g.s.mean + g.t.mean, ci95")
        share = self.item("share", "a", '{ "team" }').replace('w.item "a"', 'w.share { "a", at_least = 4 }').replace(
            "{ value = g.s.mean, ci95 = g.s.ci95 }", "g.s.value")
        w = self.begin(self.item("around", "a", '{ "school" }'), both, share)
        few = "".join(line.rsplit(",", 1)[0] + ",\n" for line in self.answers("A", 8).splitlines()[4:])
        w.post("m", HEADING + "".join(line + "\n" for line in self.answers("A", 8).splitlines()[:4]) + few
               + self.answers("B", 9) + self.answers("C", 7))
        w.wait_until_current()
        self.assertIsNone(self.withheld(w, "share")["A"])
        self.assertEqual(self.withheld(w, "both"), {"A": "small_group", "B": None, "C": "complementary"})

    def test_a_new_indicator_does_not_give_away_what_others_withhold(self):
        w = self.begin(self.INSIDE)
        self.post(w, ("A", 4), ("B", 7), ("C", 6))
        expected = {"A": "small_group", "B": None, "C": None}
        self.assertEqual(self.withheld(w, "inside"), expected, "nothing is around them")
        w.script("around.lua", self.AROUND)
        w.wait_for(lambda: w.get("/v1/indicators/around").status == 200 and self.withheld(w, "around"), "it is not computed")
        self.assertEqual(self.withheld(w, "around"), {"S": "complementary"}, "whoever saw B and C would have A")
        w.wait_until_current()
        self.assertEqual(self.withheld(w, "inside"), expected)

    def test_an_answer_that_all_gave_is_withheld_unless_they_are_many(self):
        share = (MEAN % "share").replace('w.scale { "a", "b", min_answered = 1 }', 'w.share { "a", at_least = 2 }').replace(
            "g.s.mean", "g.s.value")
        w = self.begin(share)
        self.post(w, ("A", 9), ("B", 8), ("C", 10), ("D", 15))
        self.assertEqual(self.withheld(w, "share"), {"S": None, "A": "complementary", "B": "complementary", "C": None, "D": None})

    def test_of_what_is_withheld_a_script_sees_nothing_that_it_could_remember(self):
        w = self.begin("""
local w = require "wijzer"
local seen = {}
w.indicator { id = "mean", source = w.survey "m", by = { "school", "team" }, inputs = { s = w.item "a" },
  compute = function(g)
    seen[g.group] = g.s.mean
    local list = {}
    for group in pairs(seen) do list[#list + 1] = group end
    table.sort(list)
    return { value = g.s.mean, extra = { seen = table.concat(list, " ") } }
  end }
""")
        self.post(w, ("A", 4), ("B", 7), ("C", 6), ("D", 9))
        self.post(w, ("D", 11))
        self.assertEqual(w.by_group("mean")["S/D"]["extra"], {"seen": "S S/B S/D"})

    def test_an_indicator_asks_for_more_people_and_never_for_less(self):
        more = (MEAN % "more").replace('by = {', 'min_group_size = 8, by = {')
        w = self.begin(MEAN % "mean", more)
        self.post(w, ("A", 7), ("B", 9), ("C", 8), ("D", 12))
        self.assertEqual(set(self.withheld(w).values()), {None})
        expected = {"S": None, "A": "small_group", "B": None, "C": "complementary", "D": None}
        self.assertEqual(self.withheld(w, "more"), expected)
        w.script("1.lua", more.replace("= 8", "= 4"))
        error = w.wait_for(lambda: w.script_info("1.lua")["error"], "a smaller one is taken")
        self.assertRegex(error, r"^1\.lua:3: w\.indicator: 'min_group_size' is 4, and that of wijzer\.conf is 5, which an "
                                r"indicator may raise and never lower")
        self.assertEqual(self.withheld(w, "more"), expected, "what ran, runs on")
        for wrong in ("5.5", "0", "1001", '"8"'):
            w.script("1.lua", more.replace("= 8", f"= {wrong}"))
            w.wait_for(lambda: "'min_group_size' must be" in w.script_info("1.lua")["error"], f"{wrong} is taken")


if __name__ == "__main__":
    unittest.main()
