# SPDX-License-Identifier: GPL-3.0-or-later
"""What LMSs and simulations really send is taken, over one connection and over many, comes back as it was sent, and is found;
what was acknowledged is there after a kill -9.

The simulated statements are in tests/data/xapi; for the 22,000 of ralph WIJZER_EVENT_DATA has to name a folder that has them."""
import collections
import http.client
import json
import os
import random
import threading
import time
import unittest

from wijzer_daemon import SLOW, WijzerTest
import xapi_store
from xapi_store import Lms, batches, exactly, free_port, made, send_over

KILLS = int(os.environ.get("WIJZER_KILLS", "8" if SLOW == 1 else "3"))
SEED = int(os.environ.get("WIJZER_CRASH_SEED", "2026"))


def as_sent(found, sent):
    """What the store adds to a statement that did not say it (Data 2.4.7 to 2.4.9 and 4.1) is left out."""
    return {part: value for part, value in found.items() if part in sent or part not in ("stored", "authority", "timestamp", "version")}


def agent_of(statement):
    actor = statement["actor"]
    return json.dumps({part: actor[part] for part in ("mbox", "mbox_sha1sum", "openid", "account") if part in actor}, sort_keys=True)


class Load(WijzerTest):
    def make_store(self, keep=True):
        self.port = free_port()
        return xapi_store.put_secret(self.make(**xapi_store.options(keep, self.port))).start()

    def send_all(self, w, statements, connections):
        work = batches(statements)
        for batch, answer in zip(work, send_over(w, connections, work, lambda lms, batch: lms.send(batch), self.port)):
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.json(), [statement["id"].lower() for statement in batch])

    def check_whole(self, w, statements):
        """Each is there once, and as it was sent."""
        with Lms(w) as lms:
            found = lms.all(limit=500)
        sent = {statement["id"].lower(): exactly(statement) for statement in statements}
        self.assertEqual(len(found), len(sent))
        self.assertEqual({statement["id"] for statement in found}, sent.keys())
        stored = [statement["stored"] for statement in found]
        self.assertEqual(stored, sorted(stored, reverse=True), "the newest do not come first")
        for statement in found:
            wanted = sent[statement["id"]]
            self.assertEqual(as_sent(statement, wanted), {**wanted, "id": statement["id"]})

    def check_found(self, w, statements):
        """By agent, verb, activity and time as many are found as were sent."""
        agents = collections.Counter(agent_of(statement) for statement in statements)
        verbs = collections.Counter(statement["verb"]["id"] for statement in statements)
        activities = collections.Counter(statement["object"]["id"] for statement in statements)
        both = collections.Counter((agent_of(statement), statement["verb"]["id"]) for statement in statements)
        with Lms(w) as lms:
            for counted, ask in ((agents, lambda agent: {"agent": agent}), (verbs, lambda verb: {"verb": verb}),
                                 (activities, lambda activity: {"activity": activity}),
                                 (both, lambda pair: {"agent": pair[0], "verb": pair[1]})):
                most = counted.most_common()
                for what, count in (most[0], most[len(most) // 2], most[-1]):
                    self.assertEqual(len(lms.all(limit=500, **ask(what))), count, what)
            self.assertEqual(lms.all(verb="http://adlnet.gov/expapi/verbs/nobody-does-this"), [])

    def take_and_read(self, statements):
        for connections in (1, 8):
            w = self.make_store()
            begun = time.monotonic()
            self.send_all(w, statements, connections)
            print(f"{len(statements)} over {connections} in {time.monotonic() - begun:.2f} s", flush=True)
            self.check_whole(w, statements)
        self.check_found(w, statements)
        return w

    def check_after_a_restart(self, w, statements):
        w.stop()
        w.start()
        self.check_whole(w, statements)
        self.send_all(w, statements, 8)  # once more: it is all known
        self.check_whole(w, statements)

    def ralph(self):
        statements = xapi_store.ralph()
        if statements is None:
            message = "SKIPPED: ralph/statements.json.gz is not here; WIJZER_EVENT_DATA has to name the folder that it is in"
            print(message, flush=True)
            self.skipTest(message)
        return statements

    def test_made(self):
        statements = made(1234)
        self.check_after_a_restart(self.take_and_read(statements), statements)

    def test_simulated(self):
        statements = xapi_store.datasim()
        self.assertEqual(len(statements), 2814)
        self.check_after_a_restart(self.take_and_read(statements), statements)

    def test_of_a_video_player(self):
        statements = self.ralph()
        self.assertEqual(len(statements), 22000)
        self.take_and_read(statements)

    def check_pseudonyms(self, statements):
        """Identities are not kept unless somebody asks for it: one pseudonym for one person, and found by who they are."""
        w = self.make_store(keep=False)
        self.send_all(w, statements, 8)
        self.check_found(w, statements)
        with Lms(w) as lms:
            found = lms.all(limit=500)
        sent = {statement["id"].lower(): statement for statement in statements}
        self.assertEqual({statement["id"] for statement in found}, sent.keys())
        pairs = {(agent_of(sent[one["id"]]), json.dumps(one["actor"], sort_keys=True)) for one in found}
        self.assertEqual(len(pairs), len({person for person, _ in pairs}))
        self.assertEqual(len(pairs), len({pseudonym for _, pseudonym in pairs}))
        text = json.dumps(found)
        for statement in statements:
            actor = statement["actor"]
            for told in filter(None, (actor.get("name"), actor.get("mbox"), actor.get("account", {}).get("name"))):
                self.assertNotIn(told, text)

    def test_pseudonyms_made(self):
        self.check_pseudonyms(made(500))

    def test_pseudonyms_simulated(self):
        self.check_pseudonyms(xapi_store.datasim())

    def test_what_comes_again_changes_nothing(self):
        w, statements = self.make_store(), made(300)
        with Lms(w, self.port) as lms:
            self.assertEqual(lms.send(statements).status, 200)
            before = lms.all()
            self.assertEqual(lms.send(statements).status, 200)
            self.assertEqual(lms.send(statements[50:60]).status, 200)
            self.assertEqual(lms.put(statements[7]).status, 204)
            another = {**statements[7], "verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
            self.assertEqual(lms.put(another).status, 409)
            new = made(10, salt=1)
            self.assertEqual(lms.send(new[:5] + [another] + new[5:]).status, 409)
            self.assertEqual(lms.all(), before)  # of a batch with one that conflicts none is taken
            self.assertEqual(lms.send(statements[290:] + new).status, 200)
            after = lms.all()
        self.assertEqual([one for one in after if one["id"] in {known["id"] for known in before}], before)
        self.assertEqual(len(after), 310)

    def test_the_same_over_all_connections_is_there_once(self):
        w, statements = self.make_store(), made(200)
        answers = send_over(w, 8, [statements] * 8, lambda lms, batch: lms.send(batch), self.port)
        self.assertEqual([answer.status for answer in answers], [200] * 8)
        self.check_whole(w, statements)

    def send_until_killed(self, w, work, chance):
        """What became of each batch: a status, or None where no answer came."""
        def send(lms, batch):
            try:
                return lms.send(batch).status
            except (OSError, http.client.HTTPException):
                return None

        killer = threading.Timer(chance.uniform(0.02, 0.5) * SLOW, w.kill)
        killer.start()
        try:
            return send_over(w, 8, work, send, self.port)
        finally:
            killer.join()

    def test_kill(self):
        chance, w = random.Random(SEED), self.make_store()
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        acknowledged, lost = [], []
        for salt in range(KILLS):
            work = batches(made(20000, salt), chance.choice((1, 20, 100)))
            for batch, status in zip(work, self.send_until_killed(w, work, chance)):
                self.assertIn(status, (200, None))
                (acknowledged if status else lost).extend(batch)
            w.start()
            with Lms(w) as lms:
                there = {statement["id"] for statement in lms.all(limit=500)}
            self.assertLessEqual({statement["id"] for statement in acknowledged}, there)
        print(f"{len(acknowledged)} statements were acknowledged, {len(lost)} not", flush=True)
        self.assertTrue(acknowledged and lost, "it was killed before anything was sent, or after everything was")
        self.send_all(w, lost, 8)
        self.check_whole(w, acknowledged + lost)


if __name__ == "__main__":
    unittest.main()
