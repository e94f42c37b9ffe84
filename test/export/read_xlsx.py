"""Prints an Excel workbook as JSON, as openpyxl reads it.

A cell is [type, value, number format, font colour, fill colour]: type n(umber), d(ate), b(oolean) or
s(tring); the value of a date in ISO form; a colour None where it is the usual one.
"""
import datetime
import json
import sys
import zipfile
from xml.etree import ElementTree

import openpyxl


def colour(color):
    return color.rgb[-6:] if color is not None and color.type == 'rgb' else None


def cell(c):
    if c.value is None:
        return None
    value = c.value
    if isinstance(value, datetime.datetime):
        value = value.isoformat(' ', 'milliseconds')
    elif not isinstance(value, (str, int, float, bool)):
        value = str(value)
    return [c.data_type, value, c.number_format, colour(c.font.color),
            colour(c.fill.fgColor) if c.fill.fill_type == 'solid' else None]


def sheet(ws):
    rows = [[cell(c) for c in row] for row in ws.iter_rows()]
    return {'name': ws.title, 'freeze': ws.freeze_panes, 'filter': ws.auto_filter.ref, 'rows': rows,
            'widths': [d.width for _, d in sorted(ws.column_dimensions.items(), key=lambda i: i[1].min)],
            'titles': ws.print_title_rows, 'charts': len(ws._charts)}


def parts(path):
    """The names of all parts, after each has been read and found well-formed."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
        return archive.namelist()


def formulas(path):
    with zipfile.ZipFile(path) as archive:
        return sum(archive.read(name).count(b'<f>') + archive.read(name).count(b'<f ')
                   for name in archive.namelist() if name.startswith('xl/worksheets/sheet'))


def ranges(path):
    with zipfile.ZipFile(path) as archive:
        if 'xl/charts/chart1.xml' not in archive.namelist():
            return None
        return [e.text for e in ElementTree.fromstring(archive.read('xl/charts/chart1.xml')).iter()
                if e.tag.endswith('}f')]


def workbook(path):
    book = openpyxl.load_workbook(path)
    p = book.properties
    return {'sheets': [sheet(ws) for ws in book], 'parts': parts(path), 'formulas': formulas(path),
            'ranges': ranges(path), 'properties': [p.title, p.subject, p.description],
            'created': p.created.isoformat()}


json.dump({path: workbook(path) for path in sys.argv[1:]}, sys.stdout)
