# SPDX-License-Identifier: GPL-3.0-or-later
"""The record store: how fast statements are taken, empty and full, how soon indicators know them, and what they cost.

What is measured against is bench-append: a loop that appends the same bytes to a bare table of SQLite, with as many of them in
a commit as wijzerd had in one at the same time (counted in the file that SQLite's connections share)."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import xapi_store
from wijzer_daemon import BUILD, UnixConnection, Wijzer
from xapi_store import KEY, SECRET, Lms, batches, free_port, send_over

ROUNDS = 3
CONNECTIONS = 8
SPAN = 300 * 86400 * 1000  # milliseconds: the time over which what is stored happened, up to now
SMALL = 100_000
NEW = 1000

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

DISTINCT = "SELECT course, count(DISTINCT student) FROM events WHERE time >= {since} GROUP BY course"


class Store:
    """A wijzerd with a record store, filled with made statements of which the last happens now."""

    def __init__(self, holds, script=None):
        self.port, self.sent = free_port(), 0
        self.step = max(SPAN // max(holds, 1), 1)
        self.begin = int(time.time() * 1000) - holds * self.step
        self.wijzer = Wijzer(**xapi_store.options(keep=False, port=self.port))
        if script:
            self.wijzer.script("events.lua", script)
        xapi_store.put_secret(self.wijzer).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.wijzer.process:
            self.wijzer.stop()
        self.wijzer.close()

    def send(self, count, batch):
        """Sends the next statements; what bench-load says of it."""
        done = subprocess.run([BUILD / "bin" / "bench-load", str(self.port), f"{KEY}:{SECRET}", str(self.sent), str(count), str(batch),
                               str(CONNECTIONS), str(self.begin), str(self.step)], text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(done.stderr + self.wijzer.read_log()[-2000:])
        self.sent += count
        return json.loads(done.stdout)

    def commits(self):
        """Of the database, ever: `iChange` of the index of its write-ahead log (sqlite.org/walformat.html)."""
        with open(self.wijzer.folder / "state" / "wijzer.db-shm", "rb") as index:
            return struct.unpack("=III", index.read(12))[2]

    def processor(self):
        """Seconds of it that wijzerd has taken, all threads."""
        fields = pathlib.Path(f"/proc/{self.wijzer.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what):
        status = pathlib.Path(f"/proc/{self.wijzer.process.pid}/status").read_text()
        return int(re.search(what + r":\s+(\d+)", status)[1]) / 1024

    def peak(self):
        """MiB, since the last time that somebody asked."""
        peak = self.memory("VmHWM")
        pathlib.Path(f"/proc/{self.wijzer.process.pid}/clear_refs").write_text("5")
        return peak

    def refresh(self):
        """Seconds from sending 1,000 statements until every indicator has them, and until they were taken."""
        with Lms(self.wijzer, self.port) as lms:
            statements = xapi_store.made(NEW, salt=self.sent)
            now = time.time()
            for i, statement in enumerate(statements):
                statement["actor"]["account"]["name"] = f"student-{i * 17 % 20000:08}"
                statement["verb"]["id"] = "https://w3id.org/xapi/video/verbs/" + ("played", "paused", "seeked")[i % 3]
                statement["context"]["contextActivities"]["parent"] = [{"id": f"https://lms.example/course/{i * 7 % 200:04}"}]
                statement["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - i))
            body = json.dumps(statements)
            self.sent += 1
            begun = time.monotonic()
            answer = lms.request("POST", "/xapi/statements", body, {"Content-Type": "application/json"})
            taken = time.monotonic() - begun
            if answer.status != 200:
                sys.exit(answer.body)
            with contextlib.closing(UnixConnection(self.wijzer.socket)) as dashboard:
                while not is_current(dashboard):
                    time.sleep(0.001)
            return time.monotonic() - begun, taken


def is_current(connection):
    connection.request("GET", "/v1/status")
    status = json.load(connection.getresponse())
    return status["engine"]["idle"] and status["engine"]["position"] >= status["store"]["position"]


def append(folder, count, per_commit, *times):
    """Seconds."""
    database = folder / "append.db"
    done = subprocess.run([BUILD / "bin" / "bench-append", database, str(count), str(per_commit), *map(str, times)], text=True,
                          capture_output=True, check=True)
    for part in ("", "-wal", "-shm"):
        pathlib.Path(f"{database}{part}").unlink(missing_ok=True)
    return float(done.stdout)


def bare_rates(folder, row):
    for per_commit in (1, 8, 100, 800):
        count = min(3000 * per_commit, 200_000)
        rate = statistics.median(count / append(folder, count, per_commit) for _ in range(ROUNDS))
        row(f"bare SQLite, {per_commit} in a commit", "", f"{rate:,.0f}/s")


def rates(folder, store, holds, row):
    """wijzerd and the bare loop in turn; of the ratios of each turn the one in the middle."""
    for batch, count in ((1, 20_000), (100, 200_000)):
        turns = []
        for _ in range(ROUNDS):
            commits, processor = store.commits(), store.processor()
            load = store.send(count, batch)
            load["wijzerd"] = store.processor() - processor
            per_commit = max(round(count / (store.commits() - commits)), 1)
            bare = count / append(folder, count, per_commit)
            turns.append((load["statements"] / load["seconds"] / bare, load, bare, per_commit))
        ratio, load, bare, per_commit = sorted(turns, key=lambda turn: turn[0])[ROUNDS // 2]
        row(f"batches of {batch} onto {holds}, against bare SQLite", f"{load['statements'] / load['seconds']:,.0f}/s", f"{bare:,.0f}/s",
            f"{ratio:.2f}", ">= 0.5" if batch == 100 else "")
        latency = " ".join(f"{1000 * load['latency'][quantile]:.1f}" for quantile in ("50", "95", "99", "100"))
        row(f"  {per_commit} in a commit; answers of 50, 95, 99, 100 %", f"{latency} ms")
        row("  processor: of wijzerd for one, of the load", f"{1e6 * load['wijzerd'] / count:.1f} us, {load['cpu'] / load['seconds']:.0%}")
    row("  memory of wijzerd meanwhile", f"{store.peak():.1f} MiB", aim="< 128 MiB")


def refreshes(store):
    times = [store.refresh() for _ in range(5)]
    return statistics.median(whole for whole, _ in times), statistics.median(taken for _, taken in times)


def fill(store, up_to, row):
    if store.sent < up_to:
        load = store.send(up_to - store.sent, 500)
        row(f"filled up to {up_to:,} in batches of 500", f"{load['seconds']:.0f} s")


def from_scratch(folder, store, count, row, refresh):
    """What a window of an indicator keeps current, asked of SQLite, which looks at every event."""
    append_into = folder / "facts.db"
    subprocess.run([BUILD / "bin" / "bench-append", append_into, str(count), "facts", str(store.begin), str(store.step)],
                   capture_output=True, check=True)
    question = DISTINCT.format(since=int(time.time() * 1000) - 28 * 86400 * 1000)
    times = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        subprocess.run(["sqlite3", append_into, question], capture_output=True, check=True)
        times.append(time.monotonic() - begun)
    append_into.unlink()
    scratch = statistics.median(times)
    row("  28 days distinct once by SQLite, against all of it", f"{1000 * refresh:.0f} ms", f"{1000 * scratch:.0f} ms",
        f"{refresh / scratch:.4f}")


def size_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def free_in(database):
    asked = "PRAGMA freelist_count; PRAGMA page_size"
    pages, size = subprocess.run(["sqlite3", database, asked], text=True, capture_output=True, check=True).stdout.split()
    return int(pages) * int(size)


def bytes_on_disk(row):
    ralph = xapi_store.ralph()
    if ralph is None:
        print("SKIPPED: ralph/statements.json.gz is not here; WIJZER_EVENT_DATA has to name the folder that it is in", flush=True)
    statements = xapi_store.datasim() + (ralph or [])
    with Store(0) as store:
        empty = size_of(store.wijzer.folder / "state")
        for answer in send_over(store.wijzer, CONNECTIONS, batches(statements), lambda lms, batch: lms.send(batch)):
            if answer.status != 200:
                sys.exit(answer.body)
        store.wijzer.wait_until_current()
        time.sleep(3)  # a rest, in which it is packed
        store.wijzer.stop()
        used, free = size_of(store.wijzer.folder / "state"), free_in(store.wijzer.folder / "state" / "wijzer.db")
    sent = sum(len(json.dumps(statement, separators=(",", ":"))) for statement in statements)
    row(f"bytes on disk of {len(statements):,} real statements, each", f"{used / len(statements):.0f}", f"{sent / len(statements):.0f}",
        f"{used / sent:.2f}", "< 300")
    row("  of which what is free for others, and an empty store", f"{free / len(statements):.0f}, {empty / len(statements):.0f}")


def measure(row, stored, counted):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-bench-"))
    try:
        bare_rates(folder, row)
        with Store(stored) as store:
            rates(folder, store, "none", row)
        with Store(SMALL, SCRIPT) as store:
            fill(store, SMALL, row)
            store.wijzer.wait_until_current()
            small, _ = refreshes(store)
        with Store(counted) as store:
            fill(store, stored, row)
            row("  memory of wijzerd meanwhile", f"{store.peak():.1f} MiB", aim="< 128 MiB")
            rates(folder, store, f"{stored:,}", row)
            fill(store, counted, row)
            begun = time.monotonic()
            store.wijzer.script("events.lua", SCRIPT)
            store.wijzer.wait_for(lambda: store.wijzer.get("/v1/indicators").json()["indicators"], "the script is not loaded")
            store.wijzer.wait_for(store.wijzer.is_current, "the indicators do not become current", seconds=1800)
            row(f"12 indicators computed over {counted:,}", f"{time.monotonic() - begun:.0f} s")
            row("  memory of wijzerd meanwhile", f"{store.peak():.1f} MiB", aim="< 128 MiB")
            large, taken = refreshes(store)
            row(f"refresh after {NEW:,}, on {counted:,} against {SMALL:,}", f"{1000 * large:.0f} ms", f"{1000 * small:.0f} ms",
                f"{large / small:.2f}", "< 1.5")
            row("  until they were taken, and after that", f"{1000 * taken:.0f} + {1000 * (large - taken):.0f} ms", aim="< 50 ms")
            from_scratch(folder, store, counted, row, large)
            row("  memory of wijzerd meanwhile", f"{store.peak():.1f} MiB", aim="< 128 MiB")
            row("  bytes on disk of each made statement", f"{size_of(store.wijzer.folder / 'state') / store.sent:.0f}")
        bytes_on_disk(row)
    finally:
        shutil.rmtree(folder)
