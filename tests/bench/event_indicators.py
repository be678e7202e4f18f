# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon indicators know what came in, and what it costs to ask SQLite the same from scratch."""
import contextlib
import datetime
import json
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse
import zoneinfo

import xapi_store
from record_store import Store, asked, is_current, used_between
from table import row
from wijzer_daemon import BUILD, UnixConnection
from xapi_store import Lms

ROUNDS = 9
SCRATCH_ROUNDS = 3
SMALL = 100_000
NEW = 1000
ASKED_EVERY = 0.005  # seconds: who asks more often is measured, too, with a quarter of a millisecond of processor each time

DECLARED = 12  # by this:
SCRIPT = """
local w = require "wijzer"
local verbs = { all = false, played = "https://w3id.org/xapi/video/verbs/played", paused = "https://w3id.org/xapi/video/verbs/paused",
  seeked = "https://w3id.org/xapi/video/verbs/seeked" }
for name, verb in pairs(verbs) do
  for id, span in pairs { day = { period = "day" }, week = { period = "week" }, window = { window = "28d" } } do
    w.indicator { id = id .. "_" .. name, source = w.events { verb = verb or nil }, by = { "course" },
      period = span.period, window = span.window,
      inputs = { students = w.distinct "actor", events = w.count(), minutes = w.sum "duration" },
      compute = function(g) return { value = g.students.value, extra = { events = g.events.value, minutes = g.minutes.value } } end }
  end
end
"""

DISTINCT_SCRIPT = """
local w = require "wijzer"
w.indicator { id = "students", source = w.events(), by = { "course" }, window = "28d", inputs = { students = w.distinct "actor" },
  compute = function(g) return g.students.value end }
"""
DISTINCT = "SELECT course, count(DISTINCT student) FROM events WHERE time >= ? GROUP BY course"


def new_statements(salt):
    """What 200 courses sent in the last quarter of an hour."""
    statements = xapi_store.made(NEW, salt=salt)
    now = time.time()
    for i, statement in enumerate(statements):
        statement["actor"]["account"]["name"] = f"student-{i * 17 % 20000:08}"
        statement["verb"]["id"] = "https://w3id.org/xapi/video/verbs/" + ("played", "paused", "seeked")[i % 3]
        statement["context"]["contextActivities"]["parent"] = [{"id": f"https://lms.example/course/{i * 7 % 200:04}"}]
        statement["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - i))
    return json.dumps(statements)


def refresh_once(store, lms, dashboard):
    """Seconds until they were answered, and from then until every indicator has them; and what that took of processors."""
    store.batches += 1
    body, processor = new_statements(store.batches), store.processor()
    begun = time.monotonic()
    answer = lms.request("POST", "/xapi/statements", body, {"Content-Type": "application/json"})
    taken = time.monotonic()
    if answer.status != 200:
        sys.exit(answer.body)
    while not is_current(asked(dashboard, "/v1/status")):
        time.sleep(ASKED_EVERY)
    return {"taken": taken - begun, "after": time.monotonic() - taken, **used_between(processor, store.processor())}


def refresh(store):
    """The middle of each number of some rounds. The first is not counted: what it reads is in memory for the next."""
    with Lms(store.wijzer, store.port) as lms, contextlib.closing(UnixConnection(store.wijzer.socket)) as dashboard:
        rounds = [refresh_once(store, lms, dashboard) for _ in range(ROUNDS + 1)][1:]
    return {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}


def in_ms(*seconds):
    return " + ".join(f"{1000 * one:.0f}" for one in seconds) + " ms"


def processor(took):
    return in_ms(took["loop"], took["store"], took["others"], took["scripts"])


def measure_refresh(store, counted):
    with Store(SMALL) as small_store:
        small_store.fill(SMALL)
        small_store.wait_until_computed(SCRIPT, DECLARED)
        small = refresh(small_store)
    large = refresh(store)
    row(f"all are current after {NEW:,} new ones were taken", in_ms(large["after"]), aim="< 50 ms")
    row(f"  that, and the same on {SMALL:,}", in_ms(large["after"]), in_ms(small["after"]), f"{large['after'] / small['after']:.2f}",
        "< 1.5")
    used, used_small = (sum(took[who] for who in ("loop", "store", "others", "scripts")) for took in (large, small))
    row("  processor: loop + store + other threads + scripts", processor(large), processor(small), f"{used / used_small:.2f}", "< 1.5")
    row("  before it, until they were taken", in_ms(large["taken"]), in_ms(small["taken"]))


# ---- from scratch --------------------------------------------------------------------------------------------------

def window_begins():
    """Of 28 days, today among them: milliseconds since 1970 UTC of a midnight in Amsterdam."""
    amsterdam = zoneinfo.ZoneInfo("Europe/Amsterdam")
    day = datetime.datetime.now(amsterdam).date() - datetime.timedelta(days=27)
    return int(datetime.datetime.combine(day, datetime.time(), amsterdam).timestamp() * 1000)


def values(store):
    """Of every course."""
    found, path = {}, "/v1/indicators/students?limit=1000"
    page = store.wijzer.get(path).json()
    while True:
        found.update({int(urllib.parse.unquote(value["group"]).rpartition("/")[2]): value["value"] for value in page["values"]})
        if not page["next"]:
            return found
        page = store.wijzer.get(f"{path}&cursor={page['next']}").json()


def scratch(folder, store):
    """What SQLite answers, which looks at every event, and the seconds that it takes."""
    database = folder / "facts.db"
    subprocess.run([BUILD / "bin" / "bench-append", database, str(store.sent), "facts", str(store.begin), str(store.step)],
                   capture_output=True, check=True)
    times = []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for _ in range(SCRATCH_ROUNDS):
            begun = time.monotonic()
            answer = connection.execute(DISTINCT, (window_begins(),)).fetchall()
            times.append(time.monotonic() - begun)
    pathlib.Path(database).unlink()
    return dict(answer), statistics.median(times)


def measure_distinct(folder, store):
    """One indicator, whose values are held against those of SQLite."""
    took = store.wait_until_computed(DISTINCT_SCRIPT, 1)
    row("computed for the first time, over all of it", f"{took:.0f} s")
    day, (wanted, seconds) = window_begins(), scratch(folder, store)
    if values(store) != wanted and day == window_begins():
        sys.exit("the numbers of students are not those of SQLite")
    now = refresh(store)
    row(f"current after {NEW:,} new ones were taken", in_ms(now["after"]), f"SQLite, all {seconds * 1000:,.0f} ms",
        f"1 : {seconds / now['after']:.1f}")
    row("  processor: loop + store + other threads + scripts", processor(now))


def measure_all(store, counted):
    took = store.wait_until_computed(SCRIPT, DECLARED)
    row("computed for the first time, over all of it", f"{took:.0f} s")
    row("  most memory meanwhile", f"{store.peak():.0f} MiB", aim="< 128 MiB")
    measure_refresh(store, counted)
    row("  most memory meanwhile", f"{store.peak():.0f} MiB", aim="< 128 MiB")
