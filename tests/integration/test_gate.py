# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that are too small are withheld, whichever way one asks."""
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
        w.post("m", HEADING + rows("Large", 5, a=4, b=2) + rows("Small", 4, a=5, b=1))
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


if __name__ == "__main__":
    unittest.main()
