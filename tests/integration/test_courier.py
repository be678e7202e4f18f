# SPDX-License-Identifier: GPL-3.0-or-later
"""wijzer-courier fetches from a LimeSurvey and gives it to a feed: nothing is lost or doubled, whatever goes wrong on
either side."""
import json
import os
import signal
import subprocess
import unittest

from limesurvey_server import LimeSurvey
from wijzer_daemon import BUILD, PATIENCE, WijzerTest

COLUMNS = ["id", "submitdate", "lastpage", "startlanguage", "token", "jaar", "team", "a"]
SCRIPT = """
local w = require "wijzer"
w.instrument { id = "lime", respondent = "token", submitted = "submitdate", wave = "jaar", levels = { "team" },
  groups = { team = "team" }, items = { a = { range = { 1, 5 } } } }
w.indicator { id = "a", source = w.survey "lime", by = { "team" }, inputs = { s = w.item "a" },
  compute = function(g) return g.s.mean end }
"""
FEEDS = "[feed lime]\nplugin = survey\ninstrument = lime\n"
PULL = """[pull school]
plugin = limesurvey
feed = lime
url = {url}
user = wijzer
password_file = lime.secret
survey = 123456
"""


def response(number, answer, submitted="2025-03-30 14:05:00", team="zorg"):
    return {"id": number, "submitdate": submitted, "lastpage": 3, "startlanguage": "nl", "token": f"t{number}",
            "jaar": 2025, "team": team, "a": answer}


class CourierTest(WijzerTest):
    def setUp(self):
        self.lime = LimeSurvey(COLUMNS)
        self.addCleanup(self.lime.close)
        self.w = self.make(feeds=FEEDS + PULL.format(url=self.lime.url))
        self.w.script("lime.lua", SCRIPT)
        self.secret = self.w.folder / "lime.secret"
        self.secret.write_text("geheim\n")
        self.secret.chmod(0o600)
        self.log = open(self.w.folder / "courier.log", "w+")
        self.addCleanup(self.log.close)
        self.courier = None

    def command(self, *more):
        return [BUILD / "bin" / "wijzer-courier", "--config", self.w.config, "--state-dir",
                self.w.folder / "courier", *more]

    def start_courier(self):
        self.courier = subprocess.Popen(self.command(), stderr=self.log, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end_courier)

    def end_courier(self):
        if self.courier.poll() is None:
            self.courier.terminate()
            self.assertEqual(self.courier.wait(PATIENCE), 0, self.courier_log())
        for complaint in ("Sanitizer", "runtime error:"):
            self.assertNotIn(complaint, self.courier_log())

    def look_now(self):
        self.courier.send_signal(signal.SIGHUP)

    def courier_log(self):
        return (self.w.folder / "courier.log").read_text()

    def says(self, text, times=1):
        self.w.wait_for(lambda: self.courier_log().count(text) >= times,
                        lambda: f"the courier does not say {text!r}:\n{self.courier_log()}")

    def rows(self):
        return self.w.get("/v1/status").json()["store"]["rows"]

    def wait_for_rows(self, count):
        self.w.wait_for(lambda: self.rows() == count,
                        lambda: f"{self.rows()} rows instead of {count}:\n{self.courier_log()}")

    def wait_for_exports(self, count):
        self.w.wait_for(lambda: self.lime.count("release_session_key") >= count,
                        lambda: f"no round {count}:\n{self.courier_log()}")


class Fetching(CourierTest):
    def test_responses_become_an_indicator(self):
        self.lime.responses = [response(n, n % 5 + 1) for n in range(1, 21)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(20)
        self.w.wait_for(lambda: self.w.values("a") and self.w.values("a")[0]["n"] == 20, "no value")
        self.assertEqual(self.w.values("a")[0]["value"], 3)
        self.assertNotIn("geheim", self.courier_log())

    def test_only_what_is_new_is_asked_for_next(self):
        self.lime.responses = [response(n, 3) for n in range(1, 8)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(7)
        self.lime.responses += [response(8, 5), response(9, 5, submitted="")]
        self.wait_for_exports(1)
        self.look_now()
        self.wait_for_rows(8)
        exports = [call["params"] for call in self.lime.calls if call["method"] == "export_responses"]
        self.assertEqual([e[7] for e in exports], [1, 8])
        self.assertEqual(exports[0][1:7], [123456, "csv", None, "complete", "code", "short"])

    def test_what_is_refused_of_one_round_stays_through_the_next(self):
        self.lime.responses = [response(1, 3), response(2, 9)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(1)
        self.wait_for_exports(1)
        self.lime.responses += [response(3, 3), response(4, 8)]
        self.look_now()
        self.wait_for_rows(2)
        refused = self.w.get("/v1/feeds/lime/quarantine").json()["quarantine"]
        self.assertEqual([(r["document"], r["problem"]) for r in refused],
                         [("limesurvey-123456.csv", "answer 9 is outside 1-5"),
                          ("limesurvey-123456-after-2.csv", "answer 8 is outside 1-5")])

    def test_every_session_is_given_back(self):
        self.lime.responses = [response(1, 3)]
        self.w.start()
        self.start_courier()
        self.wait_for_exports(1)
        self.w.wait_for(lambda: not self.lime.sessions, "a session is left")

    def test_it_goes_on_where_it_was_after_a_restart(self):
        self.lime.responses = [response(n, 3) for n in range(1, 6)]
        self.w.start()
        self.start_courier()
        self.wait_for_exports(1)
        self.courier.terminate()
        self.assertEqual(self.courier.wait(PATIENCE), 0)
        self.lime.responses.append(response(6, 3))
        self.start_courier()
        self.wait_for_rows(6)
        exports = [call["params"][7] for call in self.lime.calls if call["method"] == "export_responses"]
        self.assertEqual(exports, [1, 6])

    def test_nothing_is_lost_while_wijzerd_is_down(self):
        self.lime.responses = [response(n, 3) for n in range(1, 6)]
        self.start_courier()
        self.says("wijzerd cannot be reached")
        self.w.start()
        self.wait_for_exports(1)
        self.look_now()
        self.wait_for_rows(5)
        self.says("it works again")

    def test_killed_at_any_time_it_doubles_nothing(self):
        self.lime.responses = [response(n, 3) for n in range(1, 301)]
        self.w.start()
        for _ in range(5):
            self.start_courier()
            self.w.wait_for(lambda: self.lime.count("export_responses") > 0, "it does not ask")
            self.lime.calls.clear()
            self.courier.kill()
            self.courier.wait()
        self.start_courier()
        self.wait_for_exports(1)
        self.wait_for_rows(300)


class Trouble(CourierTest):
    def test_a_session_that_has_ended_is_renewed(self):
        self.lime.responses = [response(1, 3)]
        self.lime.expire_once = True
        self.w.start()
        self.start_courier()
        self.wait_for_rows(1)
        self.assertEqual(self.lime.count("get_session_key"), 2)
        self.assertNotIn("Invalid session", self.courier_log())

    def test_a_wrong_password_is_told_and_not_tried_on(self):
        self.secret.write_text("onzin\n")
        self.w.start()
        self.start_courier()
        self.says("LimeSurvey says: Invalid user name or password")
        self.assertEqual(self.lime.count("get_session_key"), 1)

    def test_a_wrong_survey_is_told_with_what_limesurvey_says(self):
        self.w.config.write_text(self.w.config.read_text().replace("survey = 123456", "survey = 7"))
        self.w.start()
        self.start_courier()
        self.says("LimeSurvey says: Error: Invalid survey ID")

    def test_a_heading_with_any_sign_in_it_is_read(self):
        self.lime.delimiter = ","
        self.lime.texts = {"id": "Response ID", "submitdate": "Date submitted", "lastpage": "Last page", "startlanguage": "Start language",
                           "token": "Access code", "a": "Hoe vaak; en waar?"}
        self.lime.responses = [response(n, 3) for n in range(1, 6)]
        self.w.script("lime.lua", SCRIPT.replace("range = { 1, 5 }", 'range = { 1, 5 }, nl = "Hoe vaak; en waar?"'))
        self.w.config.write_text(self.w.config.read_text() + "headings = full\n")
        self.w.start()
        self.start_courier()
        self.wait_for_rows(5)

    def test_nobody_of_an_anonymous_survey_is_two(self):
        self.w.script("lime.lua", SCRIPT.replace('respondent = "token", ', ""))
        self.lime.responses = [response(n, 3) for n in range(1, 4)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(3)
        self.lime.responses += [response(n, 3) for n in range(4, 6)]
        self.wait_for_exports(1)
        self.look_now()
        self.wait_for_rows(5)
        self.wait_for_exports(2)
        self.courier.terminate()
        self.assertEqual(self.courier.wait(PATIENCE), 0)
        for state in (self.w.folder / "courier").iterdir():  # a day later all are fetched
            state.write_text(json.dumps({**json.loads(state.read_text()), "all_at": 0}))
        self.start_courier()
        self.wait_for_exports(3)
        self.assertEqual([call["params"][7] for call in self.lime.calls if call["method"] == "export_responses"], [1, 4, 1])
        self.assertEqual(self.rows(), 5)

    def test_a_number_that_no_survey_gives_is_no_place_to_go_on_from(self):
        self.lime.responses = [response(1, 3), response(9223372036854775807, 3)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(2)
        self.wait_for_exports(1)
        self.look_now()
        self.wait_for_exports(2)
        self.assertEqual([call["params"][7] for call in self.lime.calls if call["method"] == "export_responses"], [1, 2])

    def test_responses_without_numbers_are_told(self):
        self.lime.columns = [*COLUMNS[1:], "id"]
        self.lime.responses = [response(1, 3)]
        self.w.start()
        self.start_courier()
        self.says("has no numbers of responses in its first column")

    def test_no_responses_are_no_trouble(self):
        self.w.start()
        self.start_courier()
        self.wait_for_exports(1)
        self.assertNotIn("LimeSurvey says", self.courier_log())

    def test_what_is_no_limesurvey_is_told(self):
        for broken, said in [(lambda call: (200, b"<html>"), "is no RemoteControl"),
                             (lambda call: (500, b""), "status 500"),
                             (lambda call: (302, b""), "another address"),
                             (lambda call: (200, b'{"id":1,"result":7,"error":null}'), "cannot be understood"),
                             (lambda call: (200, b'{"id":1,"result":"%%%","error":null}'), "no base64"),
                             (lambda call: (200, b'{"id":1,"result":null,"error":"kapot"}'), "LimeSurvey says: kapot"),
                             (lambda call: (200, b"[" * 100000), "is no RemoteControl")]:
            with self.subTest(said):
                self.lime.broken = broken
                if self.courier is None:
                    self.w.start()
                    self.start_courier()
                else:
                    self.look_now()
                self.says(said)

    def test_an_export_that_is_too_large_is_refused(self):
        self.w.config.write_text(self.w.config.read_text() + "most_megabytes = 1\n")
        self.lime.broken = lambda call: (200, b'{"id":1,"result":"' + b"A" * (3 << 20) + b'","error":null}')
        self.w.start()
        self.start_courier()
        self.says("is larger than 1")

    def test_refused_rows_are_told_and_the_others_are_in(self):
        self.lime.responses = [response(1, 3), response(2, 9), response(3, 4)]
        self.w.start()
        self.start_courier()
        self.wait_for_rows(2)
        self.says("1 refused: row 3, column a: answer 9 is outside 1-5")

    def test_a_secret_that_everybody_can_read_is_refused(self):
        self.secret.chmod(0o644)
        self.w.start()
        self.start_courier()
        self.says("chmod 600")
        self.assertEqual(self.lime.calls, [])


class Configuration(CourierTest):
    def check(self, text):
        self.w.config.write_text(text)
        return subprocess.run(self.command("--check"), text=True, capture_output=True, timeout=PATIENCE)

    def test_what_is_wrong_is_told_with_file_and_line(self):
        pull = PULL.format(url=self.lime.url)
        for text, said in [(FEEDS + pull + "surve = 3\n", "unknown key 'surve' in [pull school]"),
                           (FEEDS + pull.replace("feed = lime\n", ""), "does not say into which feed"),
                           (FEEDS + pull.replace("feed = lime", "feed = lemon"), "there is no [feed lemon]"),
                           (FEEDS + pull.replace("plugin = limesurvey", "plugin = survey"), "it is for a [feed NAME]"),
                           (FEEDS + pull.replace("survey = 123456\n", ""), "needs the key 'survey'")]:
            with self.subTest(said):
                done = self.check(text)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
                self.assertIn(f"{self.w.config}:", done.stderr)
        self.assertEqual(self.check(FEEDS + pull).returncode, 0)

    def test_another_machine_is_only_asked_over_https(self):
        self.w.config.write_text(FEEDS + PULL.format(url="http://survey.school.example/rpc"))
        done = subprocess.run(self.command(), text=True, capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("only https://", done.stderr)

    def test_a_feed_cannot_have_its_plugin(self):
        self.w.config.write_text("[feed lime]\nplugin = limesurvey\n")
        done = subprocess.run([BUILD / "bin" / "wijzerd", "--config", self.w.config, "--check"], text=True,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("put it into a [pull NAME]", done.stderr)


if __name__ == "__main__":
    unittest.main()
