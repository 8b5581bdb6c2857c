"""Wrong credentials are counted, and too many of them end in 429 before anything is compared.

By address and client together, so that nobody can lock a client out from elsewhere, and by address
alone, ten times as many, so that nobody tries one secret on every client.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time

from django.core.cache import cache

from clients.conf import settings
from clients.oauth.errors import too_many_attempts

WINDOW_SECONDS = 60
_BY_ADDRESS = 10


def require_patience(client_id: str, address: str | None) -> None:
    """Raise 429 if this address failed too often within the minute."""
    limit, (pair, alone) = settings.SECRET_ATTEMPTS_PER_MINUTE, _names(client_id, address)
    counts = cache.get_many([pair, alone])
    if counts.get(pair, 0) >= limit or counts.get(alone, 0) >= limit * _BY_ADDRESS:
        raise too_many_attempts(WINDOW_SECONDS - int(time.time()) % WINDOW_SECONDS)


def count_failure(client_id: str, address: str | None) -> None:
    """Remember one wrong attempt until the minute is over."""
    for name in _names(client_id, address):
        cache.add(name, 0, WINDOW_SECONDS)
        try:
            cache.incr(name)
        except ValueError:  # it ended between the two
            cache.set(name, 1, WINDOW_SECONDS)


def _whose(address: str | None) -> str:
    """An IPv6 address stands for its /64, which is what one customer of a network gets."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))


def _names(client_id: str, address: str | None) -> tuple[str, str]:
    minute, address = int(time.time()) // WINDOW_SECONDS, _whose(address)
    mark = hashlib.sha256(client_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return (
        f"clients:failures:{minute}:{address}:{mark}",
        f"clients:failures:{minute}:{address}",
    )
