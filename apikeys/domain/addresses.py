"""IP addresses and networks: which client is calling, and from where it may.

`ipaddress` does the arithmetic; the accepted spellings are narrower than its own, so that one
text means one network to every reader. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is the
IPv4 address everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORM = "Write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
_ADDRESS_CHARACTERS = re.compile(r"[0-9A-Fa-f:.]{2,45}\Z")
_ZERO_IN_FRONT = re.compile(r"(?:[:.]|\A)0[0-9]+(?:\.|\Z)")
_PREFIX_LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
_HOP_LENGTH_MAX = 64  # with a port and a zone
_MAPPED = IPv6Network("::ffff:0:0/96")
_WITH_PORT = re.compile(r"([0-9.]{7,15}):[0-9]{1,5}\Z|\[([0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?\Z")


def parse_address(text: str) -> Address:
    """Read one address; IPv4 inside IPv6 becomes IPv4. Any other spelling: `ValueError`."""
    if "%" in text:
        raise ValueError(
            "A zone id (%…) means something on one machine only; leave it out of the address."
        )
    if not _ADDRESS_CHARACTERS.match(text):
        raise ValueError(f"This is not an IP address. {_FORM}")
    if "." in text and _ZERO_IN_FRONT.search(text):
        raise ValueError(
            "A number in an IPv4 address begins with 0, which some read as octal; drop the zeros."
        )
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"This is not an IP address. {_FORM}") from None
    return _unmapped(address)


def clean_network(text: str) -> str:
    """The canonical text of an address or network; one address goes without a suffix.

    Raises `ValueError` with the rule that was broken: host bits, octal, masks, zone ids.
    """
    address_text, slash, length_text = text.partition("/")
    address = parse_address(address_text)
    if not slash:
        return str(address)
    return _text(_network(address, _prefix_length(address_text, length_text), text))


def address_allowed(networks: tuple[str, ...], ip: str) -> bool:
    """Whether one of the networks (as `clean_network` wrote them) holds the address.

    No network allows nothing, and what is not an address is never allowed.
    """
    try:
        address = parse_address(ip)
    except ValueError:
        return False
    return any(address in network for network in _parsed(networks))


def is_trusted(peer: str, trusted: tuple[str, ...]) -> bool:
    """Whether what the other end of the socket says of others counts."""
    return address_allowed(trusted, peer.partition("%")[0])


def forwarded_scheme(peer: str, claimed: str | None, trusted: tuple[str, ...]) -> str | None:
    """The scheme in `X-Forwarded-Proto`; None when no trusted proxy named one.

    `https` only when every hop says so: one hop in clear is enough to read along.
    """
    if claimed is None or not is_trusted(peer, trusted):
        return None
    hops = {hop.strip().lower() for hop in claimed.split(",")}
    return "https" if hops == {"https"} else "http"


def client_address(peer: str, forwarded_for: str | None, trusted: tuple[str, ...]) -> str:
    """The address of the client, normalised; empty when it cannot be known.

    `peer` is the other end of the socket, `forwarded_for` the X-Forwarded-For header. Read from
    right to left: each trusted hop vouches for the entry to its left, so the first hop that is
    not trusted is the client, and everything further left is what it claims. When all are
    trusted, the leftmost is the client.
    """
    # Only the kernel can have written a zone into the peer's address.
    client = _read_hop(peer.partition("%")[0])
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    if forwarded_for is not None and not hops and address_allowed(trusted, client):
        return ""  # servers blank a field that is not ASCII, which is the client's to send
    for hop in reversed(hops):
        if not address_allowed(trusted, client):
            break
        client = _read_hop(hop)
    return client


def _read_hop(text: str) -> str:
    return _read(text) if len(text) <= _HOP_LENGTH_MAX else ""


@lru_cache(maxsize=4096)
def _read(text: str) -> str:
    # Some proxies write the port too: 203.0.113.7:4711, [2001:db8::1]:4711.
    with_port = _WITH_PORT.match(text)
    if with_port:
        text = with_port[1] or with_port[2]
    try:
        return str(parse_address(text))
    except ValueError:
        return ""


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _prefix_length(address_text: str, length_text: str) -> int:
    """The prefix length, counted in the family that the address has after unmapping."""
    if not _PREFIX_LENGTH.match(length_text):
        raise ValueError(
            "The part after / is a prefix length, a number such as 24, without zeros in front; "
            "masks are not accepted."
        )
    length = int(length_text)
    written = ip_address(address_text)
    if length > written.max_prefixlen:
        raise ValueError(
            f"The prefix length of an IPv{written.version} network is at most "
            f"{written.max_prefixlen}."
        )
    if written not in _MAPPED:
        return length
    if length < _MAPPED.prefixlen:
        raise ValueError(
            "This network mixes IPv4 and IPv6; write the IPv4 and the IPv6 networks separately."
        )
    return length - _MAPPED.prefixlen


def _network(address: Address, length: int, text: str) -> Network:
    network = ip_network((address, length), strict=False)
    if network.network_address != address:
        raise ValueError(f"{text} has host bits set; did you mean {_text(network)}?")
    return network


def _text(network: Network) -> str:
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in networks)
