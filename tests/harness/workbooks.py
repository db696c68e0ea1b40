"""Workbooks as Excel writes them, and as nobody should."""

import io
import zipfile

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904


def workbook(rows, merge=(), from_1904=False):
    """The bytes of a workbook with one sheet; merge names ranges as "A2:A5"."""
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    for row in rows:
        book.active.append(row)
    for cells in merge:
        book.active.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bomb(size=300 << 20):
    """A small file whose sheet unpacks to this many bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["学号"], [1]]))) as old:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
            for name in old.namelist():
                part = old.read(name)
                if name.endswith("sheet1.xml"):
                    part = part[:part.find(b"</sheetData>")] + b" " * size + part[part.find(b"</sheetData>"):]
                new.writestr(name, part)
    return out.getvalue()
