"""Where the service listens, and the addresses under which people reach it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from keyservice.variables import BadSetting

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*"
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)


@dataclass(frozen=True, slots=True)
class Bind:
    """The address to listen on: an IP address, without brackets, and a port."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def default_origin(self) -> str:
        """The origin to assume while nobody named a public one."""
        address = ipaddress.ip_address(self.host)
        host = "127.0.0.1" if address.is_unspecified or address.is_loopback else str(address)
        return f"http://{_bracketed(host)}:{self.port}"

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"


def parse_bind(name: str, text: str) -> Bind:
    """Read `127.0.0.1:8000`, `localhost:8000`, `0.0.0.0:80` or `[::1]:8000`."""
    match = re.fullmatch(r"(\[[^\[\]]+\]|[^:\[\]]+):([0-9]{1,5})", text)
    if not match or not 1 <= int(match[2]) <= 65535:
        raise BadSetting(name, "must be an IP address and a port, such as 127.0.0.1:8000.")
    host = match[1].strip("[]")
    if host == "localhost":
        return Bind("127.0.0.1", int(match[2]))
    try:
        return Bind(str(ipaddress.ip_address(host)), int(match[2]))
    except ValueError as error:
        raise BadSetting(name, "must be an IP address and a port, not a host name.") from error


def parse_origin(name: str, text: str) -> str:
    """Read `http(s)://host[:port]`; gives it in lower case, without a default port."""
    parts, port = _split(name, text)
    host = parts.hostname or ""
    extras = parts.username, parts.password, parts.query, parts.fragment
    if parts.scheme not in _DEFAULT_PORTS or not host or any(extras) or parts.path not in ("", "/"):
        raise BadSetting(name, "must be origins such as https://keys.example.com, without a path.")
    _require_host(name, host)
    shown_port = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{_bracketed(host)}{shown_port}"


def with_loopback_names(origins: tuple[str, ...]) -> tuple[str, ...]:
    """The origins, in order, then each loopback one under its other names."""
    others = (
        origin.replace(host, other, 1)
        for origin in origins
        if (host := host_of(origin)) in LOOPBACK_NAMES
        for other in LOOPBACK_NAMES
    )
    return tuple(dict.fromkeys((*origins, *others)))


def host_of(origin: str) -> str:
    """The host of an origin, IPv6 addresses in brackets, as Django's ALLOWED_HOSTS has them."""
    return _bracketed(urlsplit(origin).hostname or "")


def parse_host(name: str, text: str) -> str:
    """Read a host name, `.example.com` for all names below it, or an IP address."""
    host = text.lower().strip("[]")
    _require_host(name, host.removeprefix("."))
    return _bracketed(host)


def _split(name: str, text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError as error:
        raise BadSetting(name, "is not a URL.") from error


def _require_host(name: str, host: str) -> None:
    if _HOST_NAME.match(host):
        return
    try:
        ipaddress.IPv6Address(host)
    except ValueError as error:
        raise BadSetting(
            name, "names a host that is neither a host name in ASCII nor an IP address."
        ) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
