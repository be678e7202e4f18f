# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of the API: paged, all of them, and a name that is wrong is told, not answered with an empty list."""
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, add_event_plugin, rows

RULE = """
local w = require "wijzer"
w.alert { id = "low%d", on = "mean", level = "team", raise = function(now) return now.value < 2 end,
  summary = { nl = "laag", en = "low" } }
"""


class Paging(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED + "[feed b]\nplugin = survey\ninstrument = m\n[feed a]\nplugin = survey\ninstrument = m\n")
        self.w.script("m.lua", MONITOR)
        for name in ("mean", "b", "c", "d", "e"):
            self.w.script(f"{name}.lua", MEAN % name)
        for number in range(5):
            self.w.script(f"low{number}.lua", RULE % number)
        self.w.start()
        self.w.post("m", HEADING + "".join(rows(f"T{i}", 5) for i in range(6)))
        self.w.wait_until_current()

    def pages(self, path, name, key, limit):
        seen, next_page = [], ""
        while next_page is not None:
            page = self.w.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{next_page}").json()
            self.assertLessEqual(len(page[name]), limit)
            seen += [entry[key] for entry in page[name]]
            next_page = f"&next={page['next']}" if page["next"] else None
        return seen

    def test_every_entry_is_on_one_page(self):
        for path, name, key, count in (("/v1/groups", "groups", "group", 7), ("/v1/groups?level=team", "groups", "group", 6),
                                       ("/v1/indicators", "indicators", "id", 5), ("/v1/feeds", "feeds", "name", 3),
                                       ("/v1/scripts", "scripts", "file", 11), ("/v1/alerts/rules", "rules", "id", 5)):
            whole = self.w.get(path).json()
            self.assertEqual((len(whole[name]), whole["next"]), (count, None), path)
            for limit in (1, 2, 3, count - 1, count):
                self.assertEqual(self.pages(path, name, key, limit), [entry[key] for entry in whole[name]], (path, limit))

    def test_cursors_are_of_their_list_and_of_something_that_is_there(self):
        cursor = self.w.get("/v1/scripts?limit=1").json()["next"]  # behind b.lua
        for path in ("/v1/feeds", "/v1/groups", "/v1/indicators"):
            answer = self.w.get(f"{path}?next={cursor}")
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (400, "application/problem+json"))
            self.assertIn("given out for the list of scripts", answer.json()["detail"])
        (self.w.scripts / "b.lua").unlink()
        self.w.wait_for(lambda: not self.w.script_info("b.lua"), "b.lua stays")
        answer = self.w.get(f"/v1/scripts?next={cursor}")
        self.assertEqual(answer.status, 400)
        self.assertIn("read the list again", answer.json()["detail"])

    def test_an_empty_pair_in_the_query_is_nothing(self):
        for query in ("?&limit=2", "?limit=2&", "?", "?&&limit=2"):
            self.assertEqual(self.w.get("/v1/indicators" + query).status, 200, query)
        self.assertEqual(self.w.get("/v1/indicators?=2").status, 400)

    def test_a_path_that_is_none_tells_which_there_are(self):
        detail = self.w.get("/v1/nothing").json()["detail"]
        for path in ("/v1/status", "/v1/indicators", "/v1/groups", "/v1/feeds", "/v1/scripts", "/v1/alerts"):
            self.assertRegex(detail, path + "\\b")

    def test_nothing_for_a_feed_that_is_none(self):
        for body in (None, b"x"):
            self.assertEqual(self.w.request("POST", "/v1/feeds/nope", body).status, 404)
        self.assertEqual(self.w.request("POST", "/v1/feeds/m").status, 400)


class Names(WijzerTest):
    def ask(self, query):
        answer = self.w.get("/v1/indicators/mean" + query)
        return answer.status, answer.json().get("detail", "")

    def test_a_filter_of_values_that_nobody_knows(self):
        self.w = self.make(feeds=FEED)
        self.w.script("m.lua", MONITOR)
        self.w.script("mean.lua", MEAN.replace('by = { "school", "team" }', 'by = { "team" }') % "mean")
        self.w.script("none.lua", (MEAN % "none").replace("return {", "return w.no_value 'none' or {"))
        self.w.start()
        self.w.post("m", HEADING + rows("Alfa", 6, year=2025))
        self.w.wait_until_current()
        for query, said in (("?level=teams", "mean has no level 'teams'; did you mean 'team'?"),
                            ("?level=school", "mean has no level 'school'; it has team"),
                            ("?group=S/Alpha", "there is no group 'S/Alpha'; did you mean 'S/Alfa'?"),
                            ("?group=zzzzzzz", "there is no group 'zzzzzzz'; see /v1/groups"),
                            ("?group=S/Alfb&format=csv", "did you mean 'S/Alfa'?"),
                            ("?period=2026", "there is no period '2026'; did you mean '2025'?"),
                            ("?level=team&group=S/Alfa&period=wave", "there is no period 'wave'; see ")):
            status, detail = self.ask(query)
            self.assertEqual(status, 404, query)
            self.assertIn(said, detail)
        for query in ("?group=S", "?group=S&period=2025", "?level=team&period=all", "?group=S/Alfa&period=2025"):
            self.assertEqual(self.ask(query), (200, ""), query)
        shown = self.w.run("indicators", "mean", "--level", "teams")
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertIn("did you mean 'team'?", shown.stderr)

    def test_a_week_in_which_nothing_happened_is_a_week(self):
        self.w = self.make(feeds="[feed lms]\nplugin = event_lines\n", wijzer="plugins = plugins\nmin_group_size = 1\n")
        add_event_plugin(self.w)
        self.w.script("e.lua", """local w = require "wijzer"
w.indicator { id = "mean", source = w.events {}, by = { "course" }, period = "week", inputs = { n = w.count() },
  compute = function(g) return g.n.value end }
w.indicator { id = "window", source = w.events {}, by = { "course" }, window = "28d", inputs = { n = w.count() },
  compute = function(g) return g.n.value end }""")
        self.w.start()
        self.w.wait_until_current()
        self.assertEqual(self.ask("?period=2026-W07"), (200, ""))
        self.assertEqual(self.ask("?period=2026-07")[0], 404)
        self.assertEqual(self.w.get("/v1/indicators/window?period=28d").status, 200)
        self.assertIn("did you mean '28d'?", self.w.get("/v1/indicators/window?period=29d").json()["detail"])


if __name__ == "__main__":
    unittest.main()
