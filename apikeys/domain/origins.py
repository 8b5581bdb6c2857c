"""Origins and domains: from which web pages and hosts a key may be used.

A pattern is an exact origin (`https://app.example.com:8443`) or domain (`app.example.com`), or
has `*` as its whole first label: `*.example.com` matches one or more labels in front, never
`example.com` itself. No regular expression decides; hosts are compared as whole texts.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import NamedTuple

from apikeys.domain.addresses import parse_address

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_LENGTH_MAX = 253
_ORIGIN_LENGTH_MAX = _HOST_LENGTH_MAX + len("https://:65535")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_PORT = re.compile(r"[1-9][0-9]{0,4}\Z")
# How a browser recognises a host that must be an IPv4 address (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"(?:[0-9]{1,63}|0x[0-9a-f]{0,61})\Z")
# Under a country's domain these are registries (co.uk, com.au), not somebody's own name. The
# whole public suffix list would be better and would need updates; this stops the usual mistakes.
_REGISTRIES = frozenset({"ac", "co", "com", "edu", "gov", "mil", "net", "org"})


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        default = self.port == _DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if default else f":{self.port}")


def clean_origin(text: str) -> str:
    """The canonical text of an origin pattern, or `ValueError` with the rule it breaks.

    Lower case, default port left out. Internationalised names are taken in their `xn--` form.
    """
    return str(_parse_origin(text, wildcard=True))


def clean_domain(text: str) -> str:
    """The canonical (lower-case) text of a domain pattern, or `ValueError` with the rule."""
    for mark, name in (("://", "scheme"), ("/", "path"), ("@", "user name")):
        if mark in text:
            raise ValueError(f"A domain has no {name}; write only the name, such as example.com.")
    if _split_port(text)[1] is not None:
        raise ValueError("A domain has no port; write only the name, such as example.com.")
    return _parse_host(text, wildcard=True)


def origin_allowed(patterns: tuple[str, ...], origin: str) -> bool:
    """Whether a pattern (as `clean_origin` wrote it) matches what a browser sent as Origin.

    Scheme and port must be equal. `null` and anything that is not an origin match nothing.
    """
    try:
        presented = _parse_origin(origin, wildcard=False)
    except ValueError:
        return False
    return any(_matches(_parse_origin(pattern, wildcard=True), presented) for pattern in patterns)


def domain_allowed(patterns: tuple[str, ...], domain: str) -> bool:
    """Whether a pattern (as `clean_domain` wrote it) matches the domain."""
    try:
        presented = _parse_host(domain, wildcard=False)
    except ValueError:
        return False
    return any(_host_matches(pattern, presented) for pattern in patterns)


def _matches(pattern: _Origin, presented: _Origin) -> bool:
    same_door = (pattern.scheme, pattern.port) == (presented.scheme, presented.port)
    return same_door and _host_matches(pattern.host, presented.host)


def _host_matches(pattern: str, host: str) -> bool:
    # The dot stays in the compared end: evil-example.com does not end with .example.com.
    return pattern == host or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _parse_origin(text: str, *, wildcard: bool) -> _Origin:
    if text == "null":
        raise ValueError("null stands for every page without an origin and cannot be allowed.")
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS or len(text) > _ORIGIN_LENGTH_MAX:
        raise ValueError("An origin is written like https://app.example.com or http://host:8080.")
    _refuse_more_than_an_origin(scheme, rest)
    host, port = _split_port(rest)
    return _Origin(
        scheme,
        _parse_host(host, wildcard=wildcard),
        _DEFAULT_PORTS[scheme] if port is None else _parse_port(port),
    )


def _refuse_more_than_an_origin(scheme: str, rest: str) -> None:
    if "@" in rest:
        raise ValueError("An origin holds no user name or password; leave out everything up to @.")
    if any(mark in rest for mark in "/?#\\"):
        raise ValueError(f"An origin has no path, query or fragment; stop after {scheme}://host.")


def _split_port(rest: str) -> tuple[str, str | None]:
    # The colons of an IPv6 address stand inside brackets.
    head, bracket, tail = rest.rpartition("]")
    name, colon, port = tail.partition(":")
    return head + bracket + name, port if colon else None


def _parse_port(text: str) -> int:
    if not _PORT.match(text) or int(text) > 65_535:
        raise ValueError("A port is a number from 1 to 65535, without zeros in front.")
    return int(text)


def _parse_host(text: str, *, wildcard: bool) -> str:
    if not text.isascii():
        raise ValueError("Write an internationalised name in its ASCII form, which has xn-- in it.")
    host = text.lower()
    if host.startswith("["):
        return _parse_ipv6(host)
    if host.endswith("."):
        raise ValueError("A host is written without a dot at its end; drop the dot.")
    name = host.removeprefix("*.") if wildcard else host
    labels = name.split(".")
    _refuse_bad_name(name, labels)
    if _NUMBER.match(labels[-1]):
        _refuse_bad_ipv4(host)
    elif name != host:
        _refuse_wide_wildcard(labels)
    return host


def _parse_ipv6(host: str) -> str:
    address = parse_address(host[1:-1]) if host.endswith("]") else None
    if not isinstance(address, IPv6Address):
        raise ValueError("Between [ and ] stands an IPv6 address, such as [2001:db8::1].")
    return f"[{address}]"


def _refuse_bad_name(name: str, labels: list[str]) -> None:
    if "*" in name:
        raise ValueError("* may stand only as the whole first label, as in *.example.com.")
    if len(name) > _HOST_LENGTH_MAX or not all(_LABEL.match(label) for label in labels):
        raise ValueError(
            "A host has labels of 1 to 63 letters, digits, - or _ between dots, such as "
            "app.example.com, and at most 253 characters."
        )


def _refuse_bad_ipv4(host: str) -> None:
    if host != host.removeprefix("*."):
        raise ValueError("* cannot stand before an IP address; list the addresses instead.")
    parse_address(host)


def _refuse_wide_wildcard(labels: list[str]) -> None:
    registry = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _REGISTRIES
    if len(labels) < 2 or registry:
        raise ValueError(
            f"*.{'.'.join(labels)} would allow everybody's sites; name a domain of your own, "
            "as in *.example.com."
        )
