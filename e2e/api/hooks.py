"""What only a server with launches knows: ids, cursors and words that lead to something."""

import json
import os
import urllib.request

import schemathesis
from hypothesis import strategies as st

API = os.environ["LIFTOFF_API_URL"]


def read(path):
    with urllib.request.urlopen(API + path) as answer:
        return json.load(answer)


def pages(path):
    """Two pages of a list, so that there is a cursor each way."""
    first = read(path + "?limit=5")
    return [first, read(path + "?limit=5&cursor=" + first["next_cursor"])]


def cursors(lists):
    return sorted({page[way] for page in lists for way in ("next_cursor", "previous_cursor") if page[way]})


launches, runs = pages("/launches"), pages("/runs")
found = [launch for page in launches for launch in page["launches"]]
formats = {
    "liftoff-launch-id": sorted(launch["id"] for launch in found),
    "liftoff-search": sorted({launch["name"][:8] for launch in found if launch["name"]}),
    "liftoff-launches-cursor": cursors(launches),
    "liftoff-runs-cursor": cursors(runs),
    "liftoff-query-name": sorted(query["name"] for query in read("/analytics")["queries"]),
}
for name, values in formats.items():
    schemathesis.openapi.format(name, st.sampled_from(values))
