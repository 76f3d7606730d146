"""Load the launches of an API into PostgreSQL with dlt, once, as its tutorial does.

usage: API_URL=... PG_URL=... PIPELINES_DIR=... load.py
Merges by id. Prints one line: what went wrong, or nothing. Exit code 1 for that.
"""
import os
import sys

os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")

import dlt
from dlt.destinations import postgres
from dlt.sources.rest_api import rest_api_source

source = rest_api_source({
    "client": {"base_url": os.environ["API_URL"] + "/"},
    "resources": [{
        "name": "launches",
        "primary_key": "id",
        "write_disposition": "merge",
        "endpoint": {"path": "v4/launches", "paginator": "single_page"},
    }],
})
pipeline = dlt.pipeline(
    pipeline_name="launches", destination=postgres(os.environ["PG_URL"]), dataset_name="dlt_launches",
    pipelines_dir=os.environ["PIPELINES_DIR"], progress=None)
try:
    pipeline.run(source).raise_on_failed_jobs()
except Exception as error:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    cause = next((line for line in lines if "null value" in line or "NotNull" in line or "violates" in line), lines[-1] if lines else repr(error))
    print(f"{type(error).__name__}: {cause[:200]}")
    sys.exit(1)
