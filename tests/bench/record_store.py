# SPDX-License-Identifier: GPL-3.0-or-later
"""A wijzerd with a record store that is measured: filled with made statements, asked what it uses."""
import contextlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import time

import xapi_store
from table import Progress
from wijzer_daemon import BUILD, UnixConnection, Wijzer
from xapi_store import KEY, SECRET, free_port

CONNECTIONS = 8
SPAN = 300 * 86400 * 1000  # milliseconds: the time over which what is stored happened, up to now
FILL_BATCH = 1000  # statements in a request
FILL_STEP = 200_000  # between two words of progress


def load(port, connections, *source):
    """What bench-load says, which sends as fast as it is answered."""
    done = subprocess.run([BUILD / "bin" / "bench-load", str(port), f"{KEY}:{SECRET}", str(connections), *map(str, source)], text=True,
                          capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return {**json.loads(done.stdout), "complaint": done.stderr}


def size_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Store:
    """Of `holds` made statements in the end the last happens now."""

    def __init__(self, holds=0, script=None):
        self.port = free_port()
        self.sent, self.statement_size, self.batches, self.most = 0, 0, 0, 0
        self.step = max(SPAN // max(holds, 1), 1)
        self.begin = int(time.time() * 1000) - holds * self.step
        self.wijzer = Wijzer(**xapi_store.options(keep=False, port=self.port))
        self.state = self.wijzer.folder / "state"
        if script:
            self.wijzer.script("events.lua", script)
        xapi_store.put_secret(self.wijzer).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.wijzer.process:
            self.wijzer.stop()
        self.wijzer.close()

    # ---- what comes in ------------------------------------------------------------------------------------

    def send(self, count, batch):
        """Sends the next statements over all connections; what bench-load says of it."""
        said = load(self.port, CONNECTIONS, "made", self.sent, count, batch, self.begin, self.step)
        if said["refused"]:
            sys.exit(said["complaint"] + self.wijzer.read_log()[-2000:])
        self.sent += count
        self.statement_size = said["statement_size"]
        return said

    def fill(self, up_to):
        """Seconds."""
        progress, before = Progress(f"filling up to {up_to:,}"), self.sent
        while self.sent < up_to:
            self.send(min(FILL_STEP, up_to - self.sent), FILL_BATCH)
            progress.tell((self.sent - before) / (up_to - before))
        return progress.seconds()

    def wait_until_computed(self, script, indicators):
        """Saves a script that declares so many indicators; seconds until all of them are there."""
        progress = Progress("computing over what is stored")
        self.wijzer.script("events.lua", script)
        with contextlib.closing(UnixConnection(self.wijzer.socket)) as dashboard:
            while len(asked(dashboard, "/v1/indicators")["indicators"]) != indicators:
                time.sleep(0.05)
            while not is_current(status := asked(dashboard, "/v1/status")):
                progress.tell((status["engine"]["backfill"] or {}).get("done", 1))
                time.sleep(0.2)
        return progress.seconds()

    # ---- what it uses -------------------------------------------------------------------------------------

    def commits(self):
        """Of the database, ever: `iChange` of the index of its write-ahead log (sqlite.org/walformat.html)."""
        with open(self.state / "wijzer.db-shm", "rb") as index:
            return struct.unpack("=III", index.read(12))[2]

    def processor(self):
        """Seconds of it that were taken so far, by who took them."""
        pid, seconds = self.wijzer.process.pid, dict.fromkeys(("loop", "store", "others", "scripts"), 0)
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            named = (task / "comm").read_text().strip() == "wijzer-store"
            seconds["loop" if int(task.name) == pid else "store" if named else "others"] += used_by(task)
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            seconds["scripts"] += used_by(pathlib.Path("/proc", child))
        return seconds

    def peak(self):
        """MiB of wijzerd, since the last time that somebody asked."""
        process = pathlib.Path("/proc", str(self.wijzer.process.pid))
        peak = int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())[1]) / 1024
        (process / "clear_refs").write_text("5")
        self.most = max(self.most, peak)
        return peak


def used_by(task):
    return int((task / "schedstat").read_text().split()[0]) / 1e9


def used_between(before, after, count=1):
    """Of each what it took, a count each."""
    return {who: (after[who] - before[who]) / count for who in before}


def asked(connection, path):
    connection.request("GET", path)
    return json.load(connection.getresponse())


def is_current(status):
    return status["engine"]["idle"] and status["engine"]["position"] >= status["store"]["position"]


def append(folder, count, what, *times):
    """Seconds that bench-append says; what it made is gone again."""
    database = folder / "append.db"
    done = subprocess.run([BUILD / "bin" / "bench-append", database, str(count), str(what), *map(str, times)], text=True,
                          capture_output=True, check=True)
    for part in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{database}{part}")
    return float(done.stdout)
