"""Prints the rows of CSV files as JSON, each as Python's csv module reads it."""
import csv
import json
import sys

csv.field_size_limit(10_000_000)


def rows(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.reader(file, strict=True))


json.dump([rows(path) for path in sys.argv[1:]], sys.stdout)
