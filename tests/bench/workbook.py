# SPDX-License-Identifier: GPL-3.0-or-later
"""A workbook of 50,000 rows and 60 columns in the confined decoder, against R's readxl where that is installed."""
import json
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from workbooks import by_hand, row  # noqa: E402

ROWS, NUMBERS, TEXTS = 50000, 52, 5
NAMES = ["token", "team", "when", *(f"q{i}" for i in range(NUMBERS)), *(f"open{i}" for i in range(TEXTS))]
READXL = 'library(readxl); cat(system.time(read_excel(commandArgs(TRUE)[1]))[["elapsed"]])'


def shared(number):
    return f'<c t="s"><v>{number}</v></c>'


def rows():
    """Names by row and column, as spreadsheets write them; answers, decimals and texts of which many are the same."""
    yield row(1, NAMES)
    chance = random.Random(1)
    for i in range(ROWS):
        cells = [shared(i), shared(ROWS + i % 40), f"<c><v>{45746 + i / 10000}</v></c>"]
        cells += [f'<c r="{chr(68 + j)}{i + 2}"><v>{chance.randint(1, 5)}</v></c>' if j < 20 else
                  f"<c><v>{chance.randint(1, 5)}</v></c>" for j in range(NUMBERS - 2)]
        cells += [f"<c><v>{chance.randint(100, 500) / 100}</v></c>" for _ in range(2)]
        cells += [shared(ROWS + 40 + (i * (j + 1)) % 20000) for j in range(TEXTS)]
        yield f'<row r="{i + 2}">{"".join(cells)}</row>'


def strings():
    texts = [f"r{i:06d}" for i in range(ROWS)] + [f"team {i}" for i in range(40)] + [f"een open antwoord {i}" for i in range(20000)]
    return (f"<si><t>{text}</t></si>" for text in texts)


def seconds(command):
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def by_readxl(file):
    """Its seconds in an R that has read nothing before, without the start of R; None: R or its readxl is not here."""
    try:
        return float(subprocess.run(["Rscript", "-e", READXL, file], capture_output=True, text=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError):
        return None


def measure(folder, build):
    """Seconds of ours, with the start of the process, and of readxl: the best of three of each, in turns."""
    file, job = folder / "workbook.xlsx", folder / "workbook.json"
    by_hand(file, rows(), strings())
    items = [{"id": name} for name in NAMES if name.startswith("q")]
    job.write_text(json.dumps({"instrument": {"id": "b", "respondent": "token", "levels": ["team"], "groups": {"team": "team"},
                                              "labels": {}, "items": items}}))
    decode = ["sh", "-c", '"$0" "$1" <"$2" 3<"$3" | cat', build / "bin" / "wijzer-decoder", build / "plugins" / "survey.so", file, job]
    times = [(seconds(decode), by_readxl(file)) for _ in range(3)]
    return min(ours for ours, _ in times), min((readxl for _, readxl in times if readxl), default=None)
