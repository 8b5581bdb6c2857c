"""Who a token says it is from: the service itself, or a client under one of our origins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_CLIENT_PATH = re.compile(r"/{1,2}v1/clients/([A-Za-z0-9_-]{1,64})\Z")


def is_origin(text: str) -> bool:
    """Whether the text is `http(s)://host[:port]` and nothing else."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (a port that is no number raises here)
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare


def client_named_by(issuer: str, origins: Iterable[str]) -> str | None:
    """The client of `<origin>/v1/clients/<id>` under one of the origins; None for anything else.

    Some of Authress' clients write two slashes before the path.
    """
    for origin in origins:
        rest = issuer.removeprefix(origin)
        found = _CLIENT_PATH.match(rest) if rest != issuer else None
        if found:
            return found[1]
    return None


def issuer_of_client(origin: str, client_id: str) -> str:
    return f"{origin}/v1/clients/{client_id}"
