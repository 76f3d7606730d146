"""What a data engineer writes by hand: fetch the latest launch, store it,
re-create the aggregate view, run the analytics queries and print them.

usage: one_launch.py   (reads DATABASE_URL and SPACEX_API_URL)
"""
import json
import os
import random
from datetime import datetime, timezone
from pathlib import Path

import psycopg2
import requests

ROOT = Path(__file__).resolve().parent.parent
VIEW = ROOT / "internal/postgres/queries/create_launch_aggregates_view.sql"


def main():
    response = requests.get(os.environ["SPACEX_API_URL"] + "/v4/launches/latest", timeout=30)
    response.raise_for_status()
    launch = response.json()
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """CREATE TABLE IF NOT EXISTS raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
            simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)"""
        )
        cursor.execute(
            "INSERT INTO raw_launches VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                launch["id"],
                datetime.now(timezone.utc).replace(tzinfo=None),
                sum(random.randint(2000, 6000) for _ in launch["payloads"]),
                random.randint(0, 120),
                json.dumps(launch),
            ),
        )
        # liftoff stores what its views show; by hand one writes views of the documents.
        cursor.execute("CREATE TEMPORARY VIEW launches AS SELECT * FROM launches_from_documents")
        cursor.execute("CREATE TEMPORARY VIEW typed_launches AS SELECT * FROM launches_from_documents")
        cursor.execute(VIEW.read_text().replace("VIEW launch", "TEMPORARY VIEW launch"))
    with connection, connection.cursor() as cursor:
        for file in sorted((ROOT / "sql/analytics").glob("*.sql")):
            cursor.execute(file.read_text().replace("%", "%%"), ())
            print("\n" + file.stem)
            print(" | ".join(column.name for column in cursor.description))
            for row in cursor.fetchall():
                print(" | ".join(str(value) for value in row))
    connection.close()


main()
