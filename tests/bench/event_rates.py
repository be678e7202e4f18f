# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast statements are taken.

What is measured against is bench-append: a loop that appends the same bytes to a bare table of SQLite, with the same durability
and as many of them in a commit as wijzerd had in one at the same time (counted in the file that SQLite's connections share)."""
import contextlib

from record_store import Store, append, used_between
from table import row

ROUNDS = 3
SIZES = ((1, 20_000), (100, 200_000))  # statements in a request, and in a round
ADDED = ROUNDS * sum(count for _, count in SIZES)  # by all rounds
POSTGRES = 293  # statements/s in batches of an open-source LRS on PostgreSQL, on a machine like the one this was written on


def turn(folder, store, count, batch):
    """wijzerd, then the bare loop."""
    commits, processor = store.commits(), store.processor()
    took = store.send(count, batch)
    took["processor"] = used_between(processor, store.processor(), count)
    took["rate"] = count / took["seconds"]
    took["in a commit"] = max(1, round(count / max(1, store.commits() - commits)))
    took["bare"] = count / append(folder, count, took["in a commit"])
    return took


def measure(folder, full=None):
    """On an empty store, or on a full one. Each turn with an empty store has its own. Of the turns the one in the middle."""
    most = 0
    for batch, count in SIZES:
        turns = []
        for _ in range(ROUNDS):
            with contextlib.nullcontext(full) if full else Store(count) as store:
                turns.append(turn(folder, store, count, batch))
                most = max(most, store.peak())
        tell(batch, count, sorted(turns, key=lambda took: took["rate"] / took["bare"])[ROUNDS // 2])
    row("  most memory meanwhile", f"{most:.0f} MiB", aim="< 128 MiB")


def tell(batch, count, took):
    row(f"batches of {batch}", f"{took['rate']:,.0f}/s", f"bare SQLite {took['bare']:,.0f}/s", f"{took['rate'] / took['bare']:.2f}",
        ">= 0.5")
    if batch > 1:
        row("  that, and an LRS on PostgreSQL on such a machine", f"{took['rate']:,.0f}/s", f"{POSTGRES}/s",
            f"{took['rate'] / POSTGRES:.0f}", ">= 50")
    row("  statements in a commit, on both sides", f"{took['in a commit']:,}")
    row("  answers came within, 50 95 99 100 % of them", " ".join(f"{1000 * took['latency'][share]:.1f}" for share in
                                                                 ("50", "95", "99", "100")) + " ms")
    used = {who: 1e6 * seconds for who, seconds in took["processor"].items()}
    row("  processor a statement: loop + store + other threads", f"{used['loop']:.1f} + {used['store']:.1f} + {used['others']:.1f} us",
        f"client {1e6 * took['cpu'] / count:.1f} us")
