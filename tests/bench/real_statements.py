# SPDX-License-Identifier: GPL-3.0-or-later
"""What LMSs and simulations really sent: how it is taken, and what it takes of a disk."""
import json
import pathlib
import subprocess
import sys
import time

import xapi_store
from record_store import CONNECTIONS, Store, load, size_of
from table import row
from xapi_store import batches

BATCH = 100


def data():
    ralph = xapi_store.ralph()
    if ralph is None:
        print("SKIPPED: ralph/statements.json.gz is not here; WIJZER_EVENT_DATA has to name the folder that it is in", flush=True)
    return {"datasim": xapi_store.datasim(), **({"ralph": ralph} if ralph else {})}


def put_lines(folder, statements):
    file = folder / "batches"
    file.write_text("".join(json.dumps(batch, separators=(",", ":")) + "\n" for batch in batches(statements, BATCH)))
    return file


def send(store, folder, statements, connections):
    took = load(store.port, connections, "lines", put_lines(folder, statements))
    if took["refused"]:
        print(took["complaint"], file=sys.stderr)
    return took


def measure_loading(folder, name, statements):
    for connections in (1, CONNECTIONS):
        with Store() as store:
            took = send(store, folder, statements, connections)
        row(f"{name}: {len(statements):,} over {connections}, batches of {BATCH}", f"{len(statements) / took['seconds']:,.0f}/s",
            f"{took['refused']} of {took['requests']} refused", aim="none")


def free_in(database):
    asked = "PRAGMA freelist_count; PRAGMA page_size"
    pages, size = subprocess.run(["sqlite3", database, asked], text=True, capture_output=True, check=True).stdout.split()
    return int(pages) * int(size)


def measure_disk(folder, statements):
    with Store() as store:
        empty = size_of(store.state)
        if send(store, folder, statements, CONNECTIONS)["refused"]:
            sys.exit("not all were taken")
        store.wijzer.wait_until_current()
        time.sleep(3)  # a rest, in which it is packed
        store.wijzer.stop()
        used, free = size_of(store.state), free_in(store.state / "wijzer.db")
    sent = pathlib.Path(folder / "batches").stat().st_size
    count = len(statements)
    row(f"bytes on disk of each of the {count:,}", f"{used / count:.0f}", f"sent {sent / count:.0f}", f"{used / sent:.2f}", "< 300")
    row("  of which free for what comes; of an empty store", f"{free / count:.0f}; {empty / count:.0f}")


def measure(folder):
    everything = data()
    for name, statements in everything.items():
        measure_loading(folder, name, statements)
    measure_disk(folder, sum(everything.values(), []))
