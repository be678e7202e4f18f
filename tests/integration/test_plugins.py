# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins from outside in a running daemon: one that works, and one that fails while the others go on."""
import json
import re
import subprocess
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, SOURCE, WijzerTest, add_plugin, rows

LOW = """
local w = require "wijzer"
w.alert { id = "low", on = "mean", level = "team", raise = function(now) return now.value < 3 end, summary = "{group}" }
"""


class Plugins(WijzerTest):
    def start_with_example(self, *defines):
        w = self.make(feeds=FEED + "[feed greeter]\nplugin = example\ntimes = 3\n", wijzer="plugins = plugins\n")
        plugins = w.folder / "plugins"
        plugins.mkdir()
        (plugins / "survey.so").symlink_to((BUILD / "plugins" / "survey.so").resolve())
        subprocess.run(["cc", "-shared", "-fPIC", *defines, "-I", SOURCE / "include", "-o", plugins / "example.so",
                        SOURCE / "tests" / "unit" / "host" / "example" / "example.c"], check=True)
        w.script("m.lua", MONITOR)
        return w.start()

    def feed(self, w, name):
        return next(feed for feed in w.get("/v1/feeds").json()["feeds"] if feed["name"] == name)

    def test_its_timer_fires_as_often_as_it_wants(self):
        w = self.start_with_example()
        w.wait_for(lambda: w.read_log().count("feed greeter: hello") == 3, "not three times")
        self.assertEqual(self.feed(w, "greeter")["state"], "active")
        answer = w.post("greeter", "x")
        self.assertEqual(answer.status, 422)
        self.assertIn("takes no documents", answer.json()["detail"])

    def test_one_that_fails_is_marked_and_the_others_go_on(self):
        w = self.start_with_example("-DEXAMPLE_FAILS")
        w.wait_for(lambda: self.feed(w, "greeter")["state"] == "failed", "not failed")
        self.assertEqual(self.feed(w, "greeter")["error"], "there is nobody to greet")
        self.assertIn("there is nobody to greet", w.run("status").stdout)
        self.assertEqual(w.post("m", HEADING + rows("A", 6)).json()["accepted"], 6)

    def test_a_sink_follows_the_alert_log_and_sends_nothing_twice(self):
        w = self.make(feeds=FEED + "[feed follower]\nplugin = alert_lines\n", wijzer="plugins = plugins\n")
        add_plugin(w, "alert_lines")
        (w.folder / "plugins" / "survey.so").symlink_to((BUILD / "plugins" / "survey.so").resolve())
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.script("low.lua", LOW)
        w.start()
        def answer(team, score):
            w.post("m", HEADING + rows(team, 6, a=score, b=6 - score))
        def sent():
            found = re.findall(r"sent (\d+) (\{.*\})", w.read_log())
            return [(int(position), json.loads(text)["group"], json.loads(text)["state"]) for position, text in found]
        answer("A", 2)
        w.wait_for(lambda: sent() == [(1, "S/A", "firing")], lambda: f"{sent()}")
        for team in "BCDEF":
            answer(team, 2)
        w.wait_for(lambda: len(sent()) == 6, lambda: f"{sent()}")
        w.kill()
        w.start()
        answer("A", 4)
        w.wait_for(lambda: len(sent()) >= 7, lambda: f"{sent()}")
        self.assertEqual([position for position, _, _ in sent()], list(range(1, 8)), "in order, and each once")
        self.assertEqual(sent()[-1][1:], ("S/A", "resolved"))
        (w.scripts / "low.lua").unlink()
        w.wait_for(lambda: len(sent()) == 12, "the end of an alert that nobody declares is not told")


if __name__ == "__main__":
    unittest.main()
