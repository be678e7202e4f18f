# SPDX-License-Identifier: GPL-3.0-or-later
"""What a school does with the statements of its LMS: the script that ships counts them, and small groups are withheld."""
import shutil
import unittest

from wijzer_daemon import SOURCE, WijzerTest
import xapi_store
from xapi_store import Lms

ADL = "http://adlnet.gov/expapi/verbs/"


def statement(who, verb="experienced", course="Rekenen", day=2, **result):
    """In the week of Monday 2 November 2026."""
    return {"actor": {"account": {"homePage": "https://lms.example", "name": who}}, "verb": {"id": ADL + verb},
            "object": {"id": "https://lms.example/page/1"}, "timestamp": f"2026-11-{day:02}T10:00:00+01:00", "result": result,
            "context": {"contextActivities": {"grouping": [{"id": f"https://lms.example/{course}", "definition": {"name": {"nl": course}}}]}}}


class School(WijzerTest):
    def setUp(self):
        self.w = xapi_store.put_secret(self.make(feeds=xapi_store.options(keep=False)["feeds"]))
        shutil.copy(SOURCE / "scripts" / "course_activity.lua", self.w.scripts)
        self.w.start()
        self.w.wait_for(lambda: (self.w.script_info("course_activity.lua") or {}).get("state") == "active", "the script is not loaded")

    def send(self, statements):
        with Lms(self.w) as lms:
            answer = lms.send(statements)
        self.assertEqual(answer.status, 200, answer.body)
        self.w.wait_until_current()

    def value(self, indicator, period, course="Rekenen"):
        [value] = [one for one in self.w.values(indicator, f"?period={period}") if one["group"] == course]
        return value

    def test_the_script_that_ships_counts_people_minutes_and_what_was_passed(self):
        six = [f"s{number}" for number in range(6)]
        self.send([statement(who, duration="PT1H30M", day=2 + number) for number, who in enumerate(six)]
                  + [statement("s0", duration="PT30S"), statement("s1")]
                  + [statement(who, "passed", success=True) for who in six[:4]] + [statement(who, "failed", success=False) for who in six[3:]]
                  + [statement("s9", day=9)])
        people = self.value("course_people", "2026-W45")
        self.assertEqual((people["value"], people["n"], people["extra"]["each"]), (6, 6, 15 / 6))
        self.assertAlmostEqual(self.value("course_minutes", "2026-W45")["value"], (6 * 90 + 0.5) / 6)
        self.assertAlmostEqual(self.value("course_passed", "2026-2027")["value"], 4 / 7)

    def test_a_course_of_four_is_withheld_however_much_they_do(self):
        self.send([statement(f"s{number % 4}", day=2 + number % 7, duration="PT5M") for number in range(40)])
        for indicator in ("course_people", "course_minutes"):
            value = self.value(indicator, "2026-W45")
            self.assertEqual((value["value"], value["n"], value["withheld"]), (None, None, "small_group"))
        self.send([statement("s4")])
        self.assertEqual(self.value("course_people", "2026-W45")["value"], 5)
        self.assertEqual(self.value("course_minutes", "2026-W45")["withheld"], "small_group", "the fifth has no duration")


if __name__ == "__main__":
    unittest.main()
