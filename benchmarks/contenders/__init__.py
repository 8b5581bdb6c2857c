"""Each a context: a server from its start to its end, and how it is measured meanwhile.

A function takes the stage and the keys of the main database, and yields contenders. What cannot
run here raises `Missing` and gets a line that says so.
"""

from __future__ import annotations

from benchmarks.contenders.empty import empty, raw
from benchmarks.contenders.functions import functions
from benchmarks.contenders.node import better_auth
from benchmarks.contenders.ours import deployment, embedded, misses, without_lane
from benchmarks.contenders.peers import drf_api_key, oauth_toolkit, plain_drf

ALL = (
    raw,
    empty,
    deployment,
    without_lane,
    misses,
    embedded,
    drf_api_key,
    plain_drf,
    oauth_toolkit,
    better_auth,
    functions,
)
