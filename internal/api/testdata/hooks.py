"""Feeds schemathesis with real ids: made-up ones are never found."""

import json
import os
import zlib

import schemathesis

REAL = json.loads(os.environ["LIFTOFF_REAL"])


def pick(values, text):
    """Returns one of values, always the same one for a text."""
    return values[zlib.crc32(text.encode("utf-8", "replace")) % len(values)]


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
