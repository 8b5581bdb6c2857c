"""What the `rate_limits` of a client amount to.

Buckets, as those of keys: `quota` requests at once, refilled evenly within `duration`. A duration
of nothing, or no quota, is no limit. A month has thirty days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from apikeys.domain.limits import SECOND_US, Bucket, Limits

WINDOW_SECONDS: Mapping[str, int] = MappingProxyType(
    {"PT5M": 300, "PT1H": 3_600, "P1D": 86_400, "P1M": 30 * 86_400}
)


def limits_of(rate_limits: Iterable[Mapping[str, Any]] | None) -> Limits:
    """Each bucket under the name of its duration, so that another one begins full."""
    return Limits(
        buckets=tuple(
            Bucket(it["duration"], it["quota"], WINDOW_SECONDS[it["duration"]] * SECOND_US)
            for it in rate_limits or ()
            if it["quota"] is not None and it["duration"] in WINDOW_SECONDS
        )
    )
