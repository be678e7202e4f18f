# SPDX-License-Identifier: GPL-3.0-or-later
"""Workbooks for tests: by openpyxl, which others wrote, and by hand where no program would write such a file."""
import csv
import io
import json
import pathlib
import subprocess
import sys
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

# Debian has openpyxl for its own Python, which need not be the one that runs the tests.
OPENPYXL = """
import datetime, json, sys, openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904
told = json.load(sys.stdin)
book = openpyxl.Workbook()
if told["from_1904"]:
    book.epoch = CALENDAR_MAC_1904
book.remove(book.active)
for name, rows in told["sheets"]:
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append([datetime.datetime.fromisoformat(cell["date"]) if isinstance(cell, dict) else cell for cell in row])
    sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
book.active = len(told["sheets"]) - 1
book.save(sys.argv[1])
"""


def has_openpyxl(python):
    return subprocess.run([python, "-c", "import openpyxl"], capture_output=True).returncode == 0


def by_openpyxl(path, sheets, from_1904=False):
    """`sheets`: a list of names and rows; a cell is a number, a text, None, or {"date": "2025-03-30T14:05:00"}."""
    python = next(filter(has_openpyxl, (sys.executable, "/usr/bin/python3")))  # ./dev deps installs it
    subprocess.run([python, "-c", OPENPYXL, str(path)], input=json.dumps({"sheets": sheets, "from_1904": from_1904}), text=True, check=True)
    return pathlib.Path(path).read_bytes()


def number_or_text(text):
    for kind in (int, float):
        try:
            if str(kind(text)) == text:
                return kind(text)
        except ValueError:
            pass
    return text or None


def of_csv(path, text, delimiter=","):
    """The same table, its numbers as numbers."""
    return by_openpyxl(path, [["Data", [[number_or_text(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]]])


def by_hand(path, rows, strings=(), force_zip64=False):
    """`rows` and `strings`: pieces of XML, which may be very many."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    relation = '<Relationship Id="rId{}" Type="' + OFFICE + '/{}" Target="{}"/>'
    relations = head + f'<Relationships xmlns="{PACKAGE}/relationships">{{}}</Relationships>'
    parts = {
        "[Content_Types].xml": [f'{head}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
                                '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                                'spreadsheetml.sheet.main+xml"/></Types>'],
        "_rels/.rels": [relations.format(relation.format(1, "officeDocument", "xl/workbook.xml"))],
        "xl/workbook.xml": [f'{head}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/>'
                            "</sheets></workbook>"],
        "xl/_rels/workbook.xml.rels": [relations.format(relation.format(1, "worksheet", "worksheets/sheet1.xml") +
                                                        relation.format(2, "sharedStrings", "sharedStrings.xml"))],
        "xl/worksheets/sheet1.xml": [f'{head}<worksheet xmlns="{MAIN}"><sheetData>', *rows, "</sheetData></worksheet>"],
        "xl/sharedStrings.xml": [f'{head}<sst xmlns="{MAIN}">', *strings, "</sst>"],
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in parts.items():
            with archive.open(name, "w", force_zip64=force_zip64) as part:
                for piece in pieces:
                    part.write(piece if isinstance(piece, bytes) else piece.encode())
    return pathlib.Path(path).read_bytes()


def row(number, cells):
    """Of texts, as inline strings."""
    return f'<row r="{number}">' + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"
