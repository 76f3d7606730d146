"""The analytics queries in DuckDB, over an export of liftoff.

usage: analyze.py FOLDER QUERIES [--time]

FOLDER has launches.parquet, rockets.csv and launchpads.csv, QUERIES is the folder
of the queries. It prints the answers as JSON, in the form of
`liftoff analyze -o json`. With --time it runs all queries once for each line on
stdin and prints the seconds of each as a line of JSON.
"""

import datetime
import json
import pathlib
import sys
import time

import duckdb

# What the database has beside the launches.
AGGREGATES = """
    CREATE VIEW launch_aggregates_view AS
    SELECT
        count(*) AS total_launches,
        count(*) FILTER (WHERE success) AS total_successful_launches,
        avg(simulated_total_payload_mass_kg) AS average_payload_mass,
        avg(simulated_delay_minutes) AS average_launch_delay_minutes
    FROM launches
    WHERE missing_since IS NULL
"""


def open_export(folder):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW launches AS SELECT * FROM '{folder}/launches.parquet'")
    for table in ("rockets", "launchpads"):
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM '{folder}/{table}.csv'")
    connection.execute(AGGREGATES)
    return connection


def text(value):
    """What JSON does not have, as liftoff writes it."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def answer(connection, name, query):
    result = connection.execute(query)
    columns = [column[0] for column in result.description]
    return {"name": name, "rows": [dict(zip(columns, row)) for row in result.fetchall()]}


def timed(connection, queries):
    seconds = {}
    for name, query in queries:
        started = time.perf_counter()
        connection.execute(query).fetchall()
        seconds[name] = time.perf_counter() - started
    return seconds


def main():
    folder, source = sys.argv[1:3]
    queries = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(pathlib.Path(source).glob("*.sql"))]
    connection = open_export(folder)
    if sys.argv[3:] != ["--time"]:
        json.dump([answer(connection, name, query) for name, query in queries], sys.stdout, default=text)
        return
    for _ in sys.stdin:
        print(json.dumps(timed(connection, queries)), flush=True)


main()
