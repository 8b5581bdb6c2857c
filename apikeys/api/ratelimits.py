"""The header fields of an answer that a limit refused: Retry-After and the IETF's RateLimit.

draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651): `RateLimit-Policy` names
each limit with its quota `q` and its window `w` in seconds, `RateLimit` tells what remains `r` and
in how many seconds `t` it is whole again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from apikeys.domain.verdict import LimitState, Outcome, Verdict

POLICY, STATE, RETRY_AFTER = "RateLimit-Policy", "RateLimit", "Retry-After"
LIMITING = frozenset(
    {
        Outcome.RATE_LIMITED,
        Outcome.QUOTA_EXCEEDED,
        Outcome.CONCURRENCY_EXCEEDED,
        Outcome.CREDITS_EXHAUSTED,
    }
)
_INTEGER_MAX = 10**15 - 1  # the largest of a structured field; quotas may be larger
# The others end with the calendar, with a request, or never.
_WINDOW_SECONDS = MappingProxyType({"second": 1, "minute": 60, "day": 86_400})
_NONE: Mapping[str, str] = MappingProxyType({})


def limit_fields(verdict: Verdict, now: datetime) -> Mapping[str, str]:
    """What a limit's refusal carries, and the wait of what is undetermined; else nothing."""
    if verdict.outcome is Outcome.UNDETERMINED:
        return _waiting(verdict)
    if verdict.outcome not in LIMITING:
        return _NONE
    return {**_waiting(verdict), **_limits(verdict.limits, now)}


def _waiting(verdict: Verdict) -> dict[str, str]:
    return {} if verdict.retry_after is None else {RETRY_AFTER: str(verdict.retry_after)}


def _limits(limits: tuple[LimitState, ...], now: datetime) -> dict[str, str]:
    if not limits:
        return {}
    return {
        POLICY: ", ".join(_policy(limit) for limit in limits),
        STATE: ", ".join(_state(limit, now) for limit in limits),
    }


def _policy(limit: LimitState) -> str:
    window = _WINDOW_SECONDS.get(limit.name)
    suffix = "" if window is None else f";w={window}"
    return f'"{limit.name}";q={_integer(limit.limit)}{suffix}'


def _state(limit: LimitState, now: datetime) -> str:
    return f'"{limit.name}";r={_integer(limit.remaining)}{_until(limit.reset_at, now)}'


def _until(moment: datetime | None, now: datetime) -> str:
    """Parameter `t`; nothing for a limit that never becomes whole again."""
    if moment is None:
        return ""
    return f";t={_integer(math.ceil((moment - now).total_seconds()))}"


def _integer(number: int) -> int:
    return min(max(number, 0), _INTEGER_MAX)
