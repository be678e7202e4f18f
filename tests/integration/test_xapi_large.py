# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests with many statements that come at the same time: all are taken, they cost bounded memory, and a stop between them
loses nothing that was answered."""
import concurrent.futures
import http.client
import json
import pathlib
import re
import threading
import time
import unittest

from wijzer_daemon import SLOW, WijzerTest
from xapi_store import Lms, made, options, put_secret

CONNECTIONS, STATEMENTS = 8, 10000
MOST_MEMORY = 128  # MiB, of all that wijzerd has


def large(number, count=STATEMENTS):
    """10 MB of statements, that no other number has."""
    statements = made(count, salt=number + 1)
    for statement in statements:
        statement["result"]["response"] = "x" * 560
    return json.dumps(statements).encode()


class Large(WijzerTest):
    def run_store(self):
        return put_secret(self.make(**options(keep=False))).start()

    def post(self, w, body):
        with Lms(w) as lms:
            return lms.request("POST", "/xapi/statements", body, {"Content-Type": "application/json"})

    def post_until_it_is_taken(self, w, body):
        while (answer := self.post(w, body)).status == 503:  # it waited for the others for too long, on a slow machine
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    def taken(self, w):
        return next(feed["accepted"] for feed in w.get("/v1/feeds").json()["feeds"] if feed["name"] == "lms")

    def peak(self, w):
        status = pathlib.Path("/proc", str(w.process.pid), "status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024 if SLOW == 1 else 0  # sanitizers keep memory of their own

    def test_those_that_come_together_are_all_taken_in_bounded_memory(self):
        w = self.run_store()
        bodies = [large(number) for number in range(CONNECTIONS)]
        self.assertGreater(min(map(len, bodies)), 9_000_000)
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as threads:
            sending = [threads.submit(self.post_until_it_is_taken, w, body) for body in bodies]
            while not all(one.done() for one in sending):  # others are answered meanwhile
                self.assertEqual(w.get("/v1/status").status, 200)
            answers = [one.result() for one in sending]
        self.assertEqual([answer.status for answer in answers], [200] * CONNECTIONS, answers[0].body[:300])
        self.assertEqual([len(answer.json()) for answer in answers], [STATEMENTS] * CONNECTIONS)
        self.assertEqual(self.taken(w), CONNECTIONS * STATEMENTS)
        self.assertLess(self.peak(w), MOST_MEMORY)

    def test_a_stop_loses_nothing_that_was_answered(self):
        w = self.run_store()
        bodies = [large(number, 3000) for number in range(4 * CONNECTIONS)]
        answered, first = [], threading.Event()

        def send(body):
            try:
                status = self.post(w, body).status
            except (OSError, http.client.HTTPException):
                status = 0  # it has stopped
            answered.append((status, body))
            first.set()

        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as threads:
            sending = [threads.submit(send, body) for body in bodies]
            first.wait()
            self.assertEqual(w.stop(), 0, w.read_log())
            for one in sending:
                one.result()
        statuses = {status for status, _ in answered}
        self.assertTrue({200} <= statuses <= {0, 200, 503}, statuses)
        w.start()
        with Lms(w) as lms:
            for status, body in answered:
                ids = [statement["id"] for statement in json.loads(body)]
                found = [lms.get(statementId=id).status for id in (ids[0], ids[1500], ids[-1])]
                self.assertIn(found, [[200] * 3] if status == 200 else [[200] * 3, [404] * 3])


if __name__ == "__main__":
    unittest.main()
