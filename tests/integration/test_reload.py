# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP reads the configuration and the scripts again; what cannot be used changes nothing."""
import signal
import unittest

from wijzer_daemon import FEED, HEADING, MEAN, MONITOR, WijzerTest, rows


class Reload(WijzerTest):
    def begin(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        w.post("m", HEADING + rows("T", 6))
        w.wait_until_current()
        self.assertEqual(w.by_group("mean")["S/T"]["value"], 4)
        return w

    def hang_up(self, w, said):
        w.process.send_signal(signal.SIGHUP)
        w.wait_for(lambda: said in w.read_log(), f"it does not say: {said}")

    def edit(self, w, old, new):
        text = w.config.read_text()
        self.assertIn(old, text)
        w.config.write_text(text.replace(old, new))

    def withheld(self, w):
        try:
            return w.by_group("mean")["S/T"]["withheld"]
        except (OSError, KeyError):
            return "not there"

    def test_a_changed_configuration_takes_effect(self):
        w = self.begin()
        self.edit(w, "[wijzer]\n", "[wijzer]\nmin_group_size = 7\n")
        self.edit(w, "[feed m]", "[feed another]\nplugin = survey\ninstrument = m\n[feed m]")
        self.hang_up(w, "everything starts anew")
        w.wait_for(lambda: self.withheld(w) == "small_group", "the larger group size is not used")
        self.assertEqual([f["name"] for f in w.get("/v1/feeds").json()["feeds"]], ["another", "m"])
        self.assertEqual(w.post("another", HEADING + rows("T", 1, start=6)).json()["accepted"], 1)
        w.wait_for(lambda: self.withheld(w) is None, "seven people are not shown")
        self.assertEqual(w.by_group("mean")["S/T"]["n"], 7)

    def test_the_same_configuration_changes_nothing(self):
        w = self.begin()
        w.script("mean.lua", MEAN % "another")
        self.hang_up(w, "looked at again")
        w.wait_for(lambda: w.get("/v1/indicators/another").status == 200, "the scripts were not read")
        self.assertNotIn("starts anew", w.read_log())

    def test_a_broken_configuration_is_named_and_not_used(self):
        w = self.begin()
        self.edit(w, "[wijzer]\n", "[wijzer]\nmin_group_sise = 7\n")
        self.hang_up(w, "the running configuration stays")
        self.assertIn("wijzer.conf:2: unknown key 'min_group_sise'", w.read_log())
        self.edit(w, "min_group_sise = 7\n", "")
        self.edit(w, "plugin = survey", "plugin = surfey")
        self.hang_up(w, "surfey")
        self.assertEqual(w.by_group("mean")["S/T"]["value"], 4)

    def test_one_that_cannot_start_gives_way_to_the_one_before(self):
        w = self.begin()
        (w.folder / "file").write_text("")
        self.edit(w, "state_dir = state", "state_dir = file/state")
        self.hang_up(w, "the one before it is used again")
        w.wait_for(lambda: self.withheld(w) is None, "it does not come back")
        self.assertEqual(w.by_group("mean")["S/T"]["value"], 4)


if __name__ == "__main__":
    unittest.main()
