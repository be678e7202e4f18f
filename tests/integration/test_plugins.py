# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins from outside in a running daemon: one that works, and one that fails while the others go on."""
import subprocess
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MONITOR, SOURCE, WijzerTest, rows


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


if __name__ == "__main__":
    unittest.main()
