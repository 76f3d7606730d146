"""Print the answer of a query, or that there is no such table.

usage: count.py PG_URL SQL
"""
import sys

import psycopg2

with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    try:
        cursor.execute(sys.argv[2])
        print(", ".join(str(value) for value in cursor.fetchone()))
    except psycopg2.errors.UndefinedTable:
        print("no table")
