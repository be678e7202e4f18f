# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin asks of the host about events and resources, through a plugin that asks for no more than it is asked."""
import concurrent.futures
import http.client
import os
import re
import threading
import time
import unittest

from wijzer_daemon import PATIENCE, WijzerTest, add_plugin, as_nobody, free_port

FEEDS = "[feed one]\nplugin = event_desk\nat = /one\n[feed two]\nplugin = event_desk\nat = /two\n"
TAKEN, KNOWN, CONFLICT, INVALID = "0123"


def line(number, actor="anna", person="bert", raw='{"to":"@"}', target="", attachment=""):
    return "\t".join([f"{number:032x}", actor, person, raw, target and f"{target:032x}", attachment])


class Desk(WijzerTest):
    def begin(self, feeds=FEEDS, plugins=("event_desk",), start=True, more=""):
        w = self.make(feeds=feeds, wijzer="plugins = plugins\nmin_group_size = 1\n" + more)
        for plugin in plugins:
            add_plugin(w, plugin)
        return w.start() if start else w

    def put(self, w, *lines, at="one"):
        answer = w.request("POST", f"/{at}/put", "\n".join(lines))
        self.assertEqual(answer.status, 200, answer.body)
        failure, which, fates = answer.body.decode().split(" ")
        return int(failure), int(which), fates

    def find(self, w, at="one", **wanted):
        answer = w.get(f"/{at}/find?" + "&".join(f"{name}={value}" for name, value in wanted.items()))
        self.assertEqual(answer.status, 200, answer.body)
        following, *events = answer.body.decode().split("\n")
        return int(following), [event.split("\t") for event in events]

    def numbers(self, w, **wanted):
        return [int(event[0], 16) for event in self.find(w, **wanted)[1]]

    def feed(self, w, name):
        return next(feed for feed in w.get("/v1/feeds").json()["feeds"] if feed["name"] == name)

    # ---- events ----------------------------------------------------------------------------------------------

    def test_all_of_a_request_is_taken_or_none(self):
        w = self.begin()
        self.assertEqual(self.put(w, line(1), line(2)), (0, 0, TAKEN + TAKEN))
        self.assertEqual(self.put(w, line(2), line(3)), (0, 0, KNOWN + TAKEN))
        self.assertEqual(self.put(w, line(4), line(1, raw="{}"), line(5)), (1, 1, CONFLICT))
        self.assertEqual(self.put(w, line(4), line(5), line(6, actor="")), (1, 2, INVALID))
        self.assertEqual(self.put(w, line(7), line(7)), (0, 0, TAKEN + KNOWN))
        self.assertEqual(self.put(w, line(8), line(8, raw="{}")), (1, 1, CONFLICT))
        self.assertEqual(self.numbers(w, asc=1), [1, 2, 3, 7])

    @unittest.skipUnless(os.getuid() == 0, "only root can be somebody else")
    def test_what_a_route_changes_is_for_administrators(self):
        w = self.begin()
        self.put(w, line(1))
        with as_nobody(w):
            answer = w.request("POST", "/one/put", line(2))
            self.assertEqual(answer.status, 403)
            self.assertIn("wijzer-admin", answer.json()["detail"])
            self.assertEqual(self.numbers(w), [1])

    def test_a_route_is_not_for_who_comes_over_tcp(self):
        port = free_port()
        w = self.begin(more=f"listen = 127.0.0.1:{port}\n")
        for method, path in (("GET", "/one/find"), ("POST", "/one/put"), ("POST", "/two/put")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request(method, path, line(1))
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="wijzer"'), path)
            connection.close()
        self.assertEqual(self.numbers(w), [])

    def test_people_are_pseudonyms_and_a_pseudonym_is_its_person(self):
        w = self.begin()
        self.put(w, line(1, person="bert@school.example", attachment="some text"))
        _, [[number, voided, raw, attachments]] = self.find(w)
        self.assertEqual((int(number, 16), voided, attachments), (1, "0", "note text/plain some text"))
        pseudonym = re.fullmatch('{"to":"([0-9a-f]{32})"}', raw)[1]
        self.put(w, line(2, person=f"\x01{pseudonym}\x01"), line(3, person="cees"))
        self.assertEqual(self.numbers(w, person="bert@school.example"), [2, 1])
        self.assertEqual(self.numbers(w, person=f"%01{pseudonym}%01", asc=1), [1, 2])
        self.assertEqual(self.numbers(w, person="nobody"), [])
        self.assertEqual(self.numbers(w, person="cees", thing="book"), [3])
        self.assertEqual(self.numbers(w, person="cees", thing="pen"), [])
        for path in w.folder.rglob("wijzer.db*"):
            self.assertNotIn(b"bert@school", path.read_bytes())

    def test_pages_follow_each_other(self):
        w = self.begin()
        for start in range(0, 50, 10):
            self.put(w, *[line(number) for number in range(start, start + 10)])
        for more in ({"asc": 1}, {}, {"person": "bert", "asc": 1}):
            following, seen = 0, []
            while True:
                following, events = self.find(w, limit=7, **({"from": following} if following else {}), **more)
                self.assertLessEqual(len(events), 7)
                seen += [int(event[0], 16) for event in events]
                if not following:
                    break
            self.assertEqual(seen, sorted(range(50), reverse="asc" not in more))

    def test_what_was_taken_back_is_found_by_its_id_alone(self):
        w = self.begin()
        self.put(w, line(1), line(2))
        self.put(w, line(3, target=1))
        self.assertEqual(self.numbers(w, asc=1), [2, 3])
        self.assertEqual(self.find(w, id=f"{1:032x}")[1][0][:2], [f"{1:032x}", "1"])

    def test_what_was_answered_outlives_a_kill(self):
        w = self.begin()
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            fates = list(threads.map(lambda number: self.put(w, line(number)), range(200)))
        self.assertEqual(set(fates), {(0, 0, TAKEN)})
        w.kill()
        w.start()
        self.assertEqual(sorted(self.numbers(w, limit=1000)), list(range(200)))
        self.assertEqual(self.put(w, line(7)), (0, 0, KNOWN))

    def test_a_stop_loses_nothing_that_was_answered(self):
        w = self.begin()
        answered, going = [], threading.Event()

        def put_many(first):
            try:
                for number in range(first, first + 10000):
                    if self.put(w, line(number), at=("one", "two")[number % 2]) == (0, 0, TAKEN):
                        answered.append(number)
                    going.set()
            except (OSError, http.client.HTTPException, AssertionError):
                pass  # it has stopped, or says that it does

        threads = [threading.Thread(target=put_many, args=(first,)) for first in range(0, 80000, 10000)]
        for thread in threads:
            thread.start()
        going.wait()
        time.sleep(0.3)
        self.assertEqual(w.stop(), 0, w.read_log())
        for thread in threads:
            thread.join()
        w.start()
        self.assertLess(0, len(answered))
        for start in range(0, len(answered), 1000):
            part = answered[start:start + 1000]
            self.assertEqual(self.put(w, *map(line, part)), (0, 0, KNOWN * len(part)))
        w.wait_for(lambda: self.feed(w, "one")["accepted"] + self.feed(w, "two")["accepted"] >= len(answered),
                   "the totals of before are lost")

    def test_the_totals_of_a_feed_count_events_and_outlive_a_stop(self):
        w = self.begin()
        self.put(w, line(1), line(2))
        self.put(w, line(2), line(3))
        self.put(w, line(9), at="two")
        self.assertEqual([self.feed(w, "one")[key] for key in ("accepted", "duplicate")], [3, 1])
        w.stop()
        w.start()
        w.wait_for(lambda: self.feed(w, "one")["accepted"] == 3, lambda: f"{self.feed(w, 'one')}")
        self.assertEqual(self.feed(w, "one")["duplicate"], 1)
        self.assertEqual(self.feed(w, "two")["accepted"], 1)

    def test_one_id_by_file_and_by_desk_is_one_event(self):
        w = self.begin(FEEDS + "[feed lms]\nplugin = event_lines\n", ("event_desk", "event_lines"))
        document = f"{1:032x}\tanna\tdid\tbook\t1000\tC\t\n"
        self.assertEqual(w.post("lms", document).json()["accepted"], 1)
        self.assertEqual(w.post("lms", document).json()["duplicate"], 1)
        self.assertEqual(self.numbers(w), [1])
        self.assertEqual(self.put(w, line(1)), (1, 0, CONFLICT))
        self.put(w, line(2))
        self.assertEqual(w.post("lms", document.replace(f"{1:032x}", f"{2:032x}")).json()["rejected"], 1)
        self.assertEqual(self.numbers(w, asc=1), [1, 2])

    def test_an_indicator_follows_events_of_a_desk(self):
        w = self.begin(start=False)
        w.script("x.lua", 'local w = require "wijzer"\n'
                 'w.indicator { id = "x", source = w.events { verb = "did" }, period = "month", by = { "course" },\n'
                 '  inputs = { n = w.count(), people = w.distinct "actor" },\n'
                 '  compute = function(g) return { value = g.n.value, extra = { people = g.people.value } } end }\n')
        w.start()
        self.put(w, line(1), line(2), line(3, actor="cees"))
        w.wait_until_current()
        shown = w.get("/v1/indicators/x").json()["values"]
        self.assertEqual([(value["value"], value["extra"]["people"]) for value in shown], [(3, 2)], w.read_log())

    # ---- resources -------------------------------------------------------------------------------------------

    def change(self, w, body="", at="one", **key):
        answer = w.request("POST", f"/{at}/resource?" + "&".join(f"{k}={v}" for k, v in key.items()), body)
        self.assertEqual(answer.status, 200)
        return tuple(int(part) for part in answer.body.split()[:2])

    def read(self, w, at="one", **key):
        answer = w.get(f"/{at}/resource?" + "&".join(f"{k}={v}" for k, v in key.items()))
        if answer.status == 404:
            return None, None
        version, kind, *body = answer.body.decode().split(" ", 2)
        self.assertEqual(kind, "text/plain")
        return int(version), body[0]

    def names(self, w, at="one", **key):
        return w.get(f"/{at}/names?" + "&".join(f"{k}={v}" for k, v in key.items())).body.decode().split()

    def test_resources_are_kept_and_changed_by_version(self):
        w = self.begin()
        self.assertEqual(self.read(w, person="bert", name="x"), (None, None))
        self.assertEqual(self.change(w, "a", person="bert", name="x", version=0), (1, 0))
        self.assertEqual(self.change(w, "b", person="bert", name="x", version=0), (0, 0))
        version, body = self.read(w, person="bert", name="x")
        self.assertEqual(body, "a")
        self.assertEqual(self.read(w, name="x"), (None, None), "it is a person's")
        self.assertEqual(self.change(w, "b", person="bert", name="x", version=version), (1, 0))
        self.assertEqual(self.change(w, "c", person="bert", name="x", version=version), (0, 0))
        w.kill()
        w.start()
        self.assertEqual(self.read(w, at="two", person="bert", name="x")[1], "b", "instances share them")
        self.change(w, "", person="bert", name="y", scope="s")
        self.assertEqual(self.names(w, person="bert"), ["x", "y"])
        self.assertEqual(self.names(w, person="bert", scope="s"), ["y"])
        self.assertEqual(self.names(w, person="cees"), [])
        self.assertEqual(self.change(w, person="bert", remove=1), (1, 0))
        self.assertEqual(self.names(w, person="bert"), [])

    def test_who_is_forgotten_takes_events_and_resources_along(self):
        w = self.begin()
        self.put(w, line(1, actor="anna", person="anna"), line(2, actor="cees", person="cees"))
        self.change(w, "Anna's", person="anna", name="x")
        self.change(w, "Cees's", person="cees", name="x")
        self.change(w, "of Dora, who did nothing", person="dora", name="x")
        run = w.run("forget", "anna", "--format", "csv")
        self.assertEqual((run.returncode, run.stdout), (0, "responses,events,resources,quarantined,files,unreadable\n0,1,1,0,0,0\n"), run)
        run = w.run("forget", "dora", "--format", "csv")
        self.assertEqual((run.returncode, run.stdout), (0, "responses,events,resources,quarantined,files,unreadable\n0,0,1,0,0,0\n"), run)
        self.assertEqual(self.read(w, person="dora", name="x"), (None, None))
        self.assertEqual(self.numbers(w), [2])
        self.assertEqual(self.read(w, person="anna", name="x"), (None, None))
        self.assertEqual(self.read(w, person="cees", name="x")[1], "Cees's")
        self.assertEqual(self.numbers(w, person="anna"), [])


if __name__ == "__main__":
    unittest.main()
