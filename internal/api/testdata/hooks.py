"""Feeds schemathesis with real ids and cursors: made-up ones are never found."""

import json
import os
import re
import zlib

import schemathesis

REAL = json.loads(os.environ["LIFTOFF_REAL"])


def pick(values, text):
    """Returns one of values, always the same one for a text."""
    return values[zlib.crc32(text.encode("utf-8", "replace")) % len(values)]


# A made-up cursor that matches the pattern is refused, on purpose: a test in Go sees to it.
@schemathesis.hook
def before_call(context, case, kwargs):
    cursor = (case.query or {}).get("cursor")
    is_run = case.operation.path.endswith("/runs")
    # What does not match the description is to be refused, and stays as it is.
    if isinstance(cursor, str) and re.fullmatch("[A-Za-z0-9_-]{2,%d}" % (40 if is_run else 300), cursor):
        case.query["cursor"] = pick(REAL["run_cursors" if is_run else "launch_cursors"], cursor)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    path = context.operation.path
    for kind, prefix, name in (("launches", "/launches/", "id"), ("runs", "/runs/", "id"), ("queries", "/analytics/", "name")):
        value = str((path_parameters or {}).get(name, ""))
        # Every other time; a value that must be refused stays, a made-up one is not found.
        is_valid = value.isdigit() and int(value) > 0 if kind == "runs" else 0 < len(value) <= 128 and "\x00" not in value
        if prefix in path and is_valid and zlib.crc32(value.encode("utf-8", "replace")) % 2 == 0:
            path_parameters[name] = pick(REAL[kind], value)
    return path_parameters
