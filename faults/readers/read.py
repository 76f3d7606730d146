"""Reads a Parquet file with one reader and compares it with JSON Lines.

usage: read.py READER launches.parquet launches.jsonl
"""

import datetime
import json
import math
import sys


def read_duckdb(path):
    import duckdb

    columns = duckdb.from_parquet(path).order("id").fetchnumpy()
    return {name: [None if gone(values, i) else values[i] for i in range(len(values))] for name, values in columns.items()}


def gone(values, i):
    return hasattr(values, "mask") and bool(values.mask[i] if getattr(values.mask, "shape", ()) else values.mask)


def read_fastparquet(path):
    import fastparquet

    frame = fastparquet.ParquetFile(path).to_pandas()
    return {name: frame[name].tolist() for name in frame.columns}


def read_polars(path):
    import polars

    return polars.read_parquet(path).to_dict(as_series=False)


def read_pyarrow(path):
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pydict()


def plain(value):
    """A value as all readers give it: None, text, number or naive UTC time."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[us]").item()
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value.item() if hasattr(value, "item") else value


def wanted(name, value):
    """A value of JSON Lines as plain gives that of Parquet."""
    if value is not None and name in ("launched_at", "fetched_at_timestamp", "missing_since", "revised_at"):
        return datetime.datetime.fromisoformat(value).replace(tzinfo=None)
    return value


def main():
    reader, parquet, lines = sys.argv[1:]
    with open(lines, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    columns = globals()["read_" + reader](parquet)
    if list(columns) != list(rows[0]):
        sys.exit(f"columns {list(columns)}, want {list(rows[0])}")
    for name, values in columns.items():
        if len(values) != len(rows):
            sys.exit(f"column {name} has {len(values)} rows, want {len(rows)}")
        for row, value in zip(rows, values):
            got, want = plain(value), wanted(name, row[name])
            if name == "raw_data" and got is not None:
                got = json.loads(got)
            if got != want:
                sys.exit(f"launch {row['id']!r}: {name} is {got!r}, want {want!r}")
    print(f"{reader} reads {len(rows)} rows, {len(columns)} columns")


main()
