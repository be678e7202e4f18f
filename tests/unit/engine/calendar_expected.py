# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes calendar_expected.txt: what Python's own time zones and ISO weeks say of moments around summer time, the turn of
years, leap days and school years. A line: time, day, its start, week, its start, month, its start, school year, its start."""
import datetime
import random
import zoneinfo

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")


def milliseconds(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).timestamp()) * 1000


def line(time):
    day = datetime.datetime.fromtimestamp(time / 1000, AMSTERDAM).date()
    monday = day - datetime.timedelta(day.weekday())
    iso = day.isocalendar()
    august = datetime.date(day.year if day.month >= 8 else day.year - 1, 8, 1)
    return (time, day.isoformat(), milliseconds(day), f"{iso.year:04d}-W{iso.week:02d}", milliseconds(monday),
            f"{day:%Y-%m}", milliseconds(day.replace(day=1)), f"{august.year}-{august.year + 1}", milliseconds(august))


chance = random.Random(1)
moments = []
for year in (1997, 2000, 2004, 2020, 2023, 2024, 2025, 2026, 2027, 2028, 2032, 2037):
    for month, day in ((1, 1), (1, 4), (2, 28), (3, 25), (3, 31), (7, 31), (10, 25), (10, 31), (12, 28), (12, 31)):
        start = datetime.datetime(year, month, day, 12, tzinfo=datetime.timezone.utc).timestamp() * 1000
        moments += [int(start) + chance.randrange(-86400000, 86400000) for _ in range(4)]
for year in range(1997, 2037):
    for month in (3, 10):
        last = max(d for d in (datetime.date(year, month, n) for n in range(25, 32)) if d.weekday() == 6)
        switch = int(datetime.datetime(last.year, last.month, last.day, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
        moments += [switch - 1, switch, switch - 3 * 3600000, switch + 22 * 3600000 - 1]
for moment in sorted(moments):
    print(*line(moment))
