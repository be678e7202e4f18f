# SPDX-License-Identifier: GPL-3.0-or-later
"""A wijzerd that is a record store, and what an LMS does with it over HTTP."""
import base64
import concurrent.futures
import gzip
import http.client
import json
import os
import pathlib
import urllib.parse
import uuid

from wijzer_daemon import DATA, PATIENCE, SOURCE, UnixConnection, free_port

KEY, SECRET = "moodle", "een geheim dat lang genoeg is"
# A folder with ralph/statements.json.gz (openfun/ralph, data/statements.json.gz), where somebody has it.
EVENT_DATA = os.environ.get("WIJZER_EVENT_DATA", SOURCE.parent / "shared" / "data" / "events")


def options(keep=True, port=None, more=""):
    """For Wijzer(...): one feed; `keep`: statements come back as they were sent."""
    identities = "identities = keep\n" if keep else ""
    return {
        "wijzer": (f"listen = 127.0.0.1:{port}\n" if port else "") + "min_group_size = 1\n",
        "feeds": f"[feed lms]\nplugin = xapi\nkey = {KEY}\nsecret_file = lms.secret\n{identities}{more}",
    }


def put_secret(wijzer):
    secret = wijzer.folder / "lms.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return wijzer


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)


class Lms:
    """A connection that stays open: over the Unix socket, or TCP where there is a port."""

    def __init__(self, wijzer, port=None, version="1.0.3"):
        self.connection = (http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE) if port
                           else UnixConnection(wijzer.socket))
        token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "X-Experience-API-Version": version}

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def request(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, {**self.headers, **(headers or {})})
        return Answer(self.connection.getresponse())

    def send(self, statements):
        return self.request("POST", "/xapi/statements", json.dumps(statements), {"Content-Type": "application/json"})

    def put(self, statement):
        return self.request("PUT", f"/xapi/statements?statementId={statement['id']}", json.dumps(statement),
                            {"Content-Type": "application/json"})

    def get(self, **parameters):
        return self.request("GET", f"/xapi/statements?{urllib.parse.urlencode(parameters)}")

    def all(self, **parameters):
        """All statements that are found, page after page; numbers are the texts that stand in the JSON."""
        answer, found = self.get(**parameters), []
        while True:
            if answer.status != 200:
                raise AssertionError(f"{parameters}: {answer.status} {answer.body[:500]}")
            page = read_exactly(answer.body)
            found += page["statements"]
            if not page.get("more"):
                return found
            answer = self.request("GET", page["more"])


def read_exactly(text):
    return json.loads(text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits))


def exactly(statement):
    """As it looks when it is read without losing how a number is written."""
    return read_exactly(json.dumps(statement))


def batches(statements, size=100):
    return [statements[i:i + size] for i in range(0, len(statements), size)]


def send_over(wijzer, connections, work, act, port=None):
    """Calls act(lms, item) for every item, over so many connections at a time; the results in the order of the items."""
    items, results = iter(list(enumerate(work))), [None] * len(work)

    def one():
        with Lms(wijzer, port) as lms:
            for i, item in items:
                results[i] = act(lms, item)

    with concurrent.futures.ThreadPoolExecutor(connections) as threads:
        for done in [threads.submit(one) for _ in range(connections)]:
            done.result()
    return results


# ---- statements ----------------------------------------------------------------------------------------------------

def made(count, salt=0):
    """What a course of 40 students in 5 groups sends."""
    return [{
        "id": str(uuid.UUID(int=1 << 120 | salt << 80 | i, version=4)),
        "actor": {"account": {"homePage": "https://lms.example", "name": f"student-{i % 40}"}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{('experienced', 'completed', 'passed')[i % 3]}"},
        "object": {"id": f"https://lms.example/page/{i % 11}"},
        "result": {"score": {"scaled": (i % 21 - 10) / 10}, "duration": f"PT{i % 60}S"},
        "context": {"contextActivities": {"parent": [{"id": f"https://lms.example/course/{i % 5}"}]}},
        "timestamp": f"2026-{i % 12 + 1:02}-{i % 28 + 1:02}T{i % 24:02}:{i % 60:02}:00.{i % 1000:03}Z",
    } for i in range(count)]


def datasim():
    with gzip.open(DATA / "xapi" / "datasim" / "tccc_dev.json.gz") as file:
        return json.load(file)


def ralph():
    """None where the data is not here."""
    file = pathlib.Path(EVENT_DATA) / "ralph" / "statements.json.gz"
    if not file.exists():
        return None
    with gzip.open(file) as lines:
        return [json.loads(line) for line in lines]
