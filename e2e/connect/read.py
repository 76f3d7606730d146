"""Reads the launches with SQLAlchemy and pandas, as docs/connect.md shows it.

read.py URL prints how many launches there are, and how many succeeded.
"""

import sys

import pandas as pd
from sqlalchemy import create_engine

url = sys.argv[1].replace("postgresql://", "postgresql+psycopg://")
engine = create_engine(url)
launches = pd.read_sql("SELECT id, name, launched_at, success FROM launches", engine)
assert str(launches["launched_at"].dtype).startswith("datetime64"), launches.dtypes
print(len(launches), int((launches["success"] == True).sum()))  # noqa: E712 - NULL is neither
