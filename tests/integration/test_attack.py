# SPDX-License-Identifier: GPL-3.0-or-later
"""An attack on a whole daemon: whoever reads everything the API gives does linear algebra over the respondents, and tries to
put together the sum of a withheld group, of too few people, or of one person. tests/unit/engine/test_publication.c does the same
to thousands of trees; this is about the way there: cells, decisions, restarts, and what the API gives out."""
import fractions
import itertools
import random
import unittest

from wijzer_daemon import FEED, WijzerTest

LEVELS = ("institution", "department", "team")

INSTRUMENT = """
local w = require "wijzer"
w.instrument { id = "m", respondent = "token", submitted = "date", wave = "year", levels = { "institution", "department", "team" },
  groups = { institution = "institution", department = "department", team = "team" },
  items = { a = { range = { 1, 5 } }, b = { range = { 1, 5 } } } }
"""

INDICATOR = """
local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { %s }, inputs = { s = w.%s },
  compute = function(g) return { value = %s, extra = { n = g.s.n } } end }
"""

# name: (levels, input, what it counts of a person, None: nothing)
INDICATORS = {
    "everywhere": (LEVELS, 'item "a"', lambda p: p["a"]),
    "outside": (LEVELS[:1], 'item "a"', lambda p: p["a"]),
    "inside": (LEVELS[2:], 'item "a"', lambda p: p["a"]),
    "other": (LEVELS[1:], 'item "b"', lambda p: p["b"]),
    "part": (LEVELS[:1], 'share { "b", at_least = 3 }', lambda p: None if p["b"] is None else int(p["b"] >= 3)),
    "both": (LEVELS[::2], 'scale { "a", "b" }', lambda p: None if p["b"] is None else fractions.Fraction(p["a"] + p["b"], 2)),
}
# Whose sums they give away: a script can make every share of an item.
SECRET = {"everywhere": "a", "outside": "a", "inside": "a", "other": "b", "part": "b", "both": "both"}


class Span:
    """What vectors of numbers, one for each person, can be added up to."""

    def __init__(self):
        self.rows = []  # (where its first 1 is, the row)

    def left_of(self, vector):
        vector = [fractions.Fraction(x) for x in vector]
        for lead, row in self.rows:
            if vector[lead]:
                factor = vector[lead]
                vector = [x - factor * y for x, y in zip(vector, row)]
        return vector

    def has(self, vector):
        return not any(self.left_of(vector))

    def add(self, vector):
        left = self.left_of(vector)
        lead = next((i for i, x in enumerate(left) if x), None)
        if lead is not None:
            self.rows.append((lead, [x / left[lead] for x in left]))
            self.rows.sort(key=lambda pair: pair[0])


def draw_people(chance, complete):
    people = {}
    for institution, department, team in itertools.product("IJ", "XYZ", "PQRS"):
        if chance.random() < 0.3:
            continue
        for i in range(chance.choice((1, 2, 3, 4, 6, 7, 9, 12))):
            token = f"{institution}{department}{team}{i}"
            people[token] = {"path": (institution, institution + department, institution + department + team),
                             "a": chance.randrange(1, 6), "b": chance.randrange(1, 6) if complete or chance.random() < 0.8 else None}
    return people


def export(people):
    return "token,date,year,institution,department,team,a,b\n" + "".join(
        f"{token},2025-10-01,2025,{','.join(p['path'])},{p['a']},{'' if p['b'] is None else p['b']}\n" for token, p in people.items())


def groups_of(people):
    return {"/".join(p["path"][:depth]) for p in people.values() for depth in (1, 2, 3)}


def is_in(person, group):
    return "/".join(person["path"]).startswith(group + "/") or "/".join(person["path"]) == group


class Attack(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", INSTRUMENT)
        for name, (levels, measured, _) in INDICATORS.items():
            value = "g.s.value" if measured.startswith("share") else "g.s.mean"
            w.script(f"{name}.lua", INDICATOR % (name, ", ".join(f'"{level}"' for level in levels), measured, value))
        return w.start()

    def vector(self, people, name, group):
        counted = INDICATORS[name][2]
        return [int(is_in(p, group) and counted(p) is not None) for p in people.values()]

    def read(self, w, people):
        """What is published, checked against what it should be: {(indicator, group)}, and why the rest is not."""
        published, withheld = set(), {}
        for name, (levels, _, counted) in INDICATORS.items():
            for value in w.values(name, "?limit=1000"):
                group = value["group"]
                self.assertIn(value["level"], levels)
                numbers = [counted(p) for p in people.values() if is_in(p, group) and counted(p) is not None]
                if value["withheld"]:
                    self.assertEqual([value[key] for key in ("value", "n", "ci95", "extra")], [None] * 4)
                    self.assertEqual(value["withheld"] == "small_group", len(numbers) < 5, (name, group))
                    self.assertGreater(len(numbers), 0)
                    withheld[name, group] = value["withheld"]
                    continue
                self.assertEqual((value["n"], value["extra"]["n"]), (len(numbers), len(numbers)))
                self.assertAlmostEqual(value["value"], float(sum(numbers) / len(numbers)), 9)
                published.add((name, group))
        return published, withheld

    def find(self, people, published, withheld):
        """What the attack gets at."""
        found = []
        for secret in sorted(set(SECRET.values())):
            span = Span()
            names = [name for name in INDICATORS if SECRET[name] == secret]
            for name, group in sorted(published):
                if name in names:
                    span.add(self.vector(people, name, group))
            known = {group for name, group in published if name in names}
            found += [(secret, group) for name, group in withheld if name in names and group not in known
                      and span.has(self.vector(people, name, group))]
            found += [(secret, i) for i in range(len(people)) if span.has([int(i == k) for k in range(len(people))])]
            for one, other in itertools.combinations(sorted(groups_of(people)), 2):
                together = [x or y for x, y in zip(self.vector(people, names[0], one), self.vector(people, names[0], other))]
                if 0 < sum(together) < 5 and span.has(together):
                    found.append((secret, one, other))
        return found

    def test_nothing_is_put_together_from_what_the_api_gives(self):
        complements = found_without = 0
        for seed in range(4):
            chance = random.Random(seed)
            people = draw_people(chance, complete=seed % 2)
            w = self.begin()
            for moment in range(3):
                self.assertEqual(w.post("m", export(people)).json()["rejected"], 0)
                w.wait_until_current()
                published, withheld = self.read(w, people)
                self.assertEqual(self.find(people, published, withheld), [], (seed, moment))
                complements += list(withheld.values()).count("complementary")
                small = {place: why for place, why in withheld.items() if why == "small_group"}
                found_without += bool(self.find(people, published | (withheld.keys() - small.keys()), small))
                for token in chance.sample(sorted(people), 8):  # some answer anew, in another team
                    people[token] = {**people[token], "path": people[chance.choice(sorted(people))]["path"], "a": chance.randrange(1, 6)}
                people.update({token + "x": p for token, p in draw_people(chance, seed % 2).items() if chance.random() < 0.1})
                if moment == 1:
                    w.kill()
                    w.start()
            w.stop()
        self.assertGreater(complements, 20)
        self.assertGreater(found_without, 8, "the attack finds nothing where only small groups are withheld")


if __name__ == "__main__":
    unittest.main()
