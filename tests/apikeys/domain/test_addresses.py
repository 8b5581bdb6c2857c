from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apikeys.domain.addresses import (
    address_allowed,
    clean_network,
    client_address,
    parse_address,
)

ACCEPTED = [
    ("10.0.0.1", "10.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),  # noqa: S104  # an address, nothing is bound
    ("255.255.255.255", "255.255.255.255"),
    ("10.0.0.1/32", "10.0.0.1"),
    ("10.0.0.0/8", "10.0.0.0/8"),
    ("10.0.0.0/31", "10.0.0.0/31"),
    ("0.0.0.0/0", "0.0.0.0/0"),
    ("192.168.10.0/24", "192.168.10.0/24"),
    ("::", "::"),
    ("::1", "::1"),
    ("::/0", "::/0"),
    ("::1/128", "::1"),
    ("2001:DB8::1", "2001:db8::1"),
    ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
    ("2001:db8::/32", "2001:db8::/32"),
    ("2001:db8:0:0::/64", "2001:db8::/64"),
    ("fe80::/10", "fe80::/10"),
    ("::ffff:10.0.0.1", "10.0.0.1"),
    ("::ffff:0a00:0001", "10.0.0.1"),
    ("::FFFF:10.0.0.0/104", "10.0.0.0/8"),
    ("::ffff:0:0/96", "0.0.0.0/0"),
    ("::ffff:10.0.0.1/128", "10.0.0.1"),
    ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
]

REFUSED = [
    ("10.0.0.1/8", "10.0.0.1/8 has host bits set; did you mean 10.0.0.0/8?"),
    ("10.0.0.1/31", "did you mean 10.0.0.0/31?"),
    ("10.0.0.1/0", "did you mean 0.0.0.0/0?"),
    ("2001:db8::1/32", "did you mean 2001:db8::/32?"),
    ("::ffff:10.0.0.1/104", "did you mean 10.0.0.0/8?"),
    ("::ffff:10.0.0.0/95", "mixes IPv4 and IPv6"),
    ("::ffff:0:0/0", "mixes IPv4 and IPv6"),
    ("010.1.1.1", "read as octal"),
    ("10.01.1.1", "read as octal"),
    ("10.1.1.00", "read as octal"),
    ("10.1.1.08/32", "read as octal"),
    ("::ffff:010.0.0.1", "read as octal"),
    ("fe80::1%eth0", "zone id"),
    ("fe80::%1/64", "zone id"),
    ("10.0.0.0/255.0.0.0", "masks are not accepted"),
    ("10.0.0.0/0.0.0.255", "masks are not accepted"),
    ("10.0.0.0/08", "masks are not accepted"),
    ("10.0.0.0/", "prefix length, a number"),
    ("10.0.0.0/ 8", "prefix length, a number"),
    ("10.0.0.0/+8", "prefix length, a number"),
    ("10.0.0.0/-1", "prefix length, a number"),
    ("10.0.0.0/8/8", "prefix length, a number"),
    ("10.0.0.0/8\n", "prefix length, a number"),
    ("10.0.0.0/٨", "prefix length, a number"),
    ("10.0.0.0/33", "at most 32"),
    ("10.0.0.0/999", "at most 32"),
    ("::/129", "at most 128"),
    ("", "not an IP address"),
    ("/8", "not an IP address"),
    ("*", "not an IP address"),
    ("10", "not an IP address"),
    ("10.1", "not an IP address"),
    ("10.0.0", "not an IP address"),
    ("10.0.0.0.1", "not an IP address"),
    ("10.0.0.256", "not an IP address"),
    ("10.0.0.*", "not an IP address"),
    ("10.0.0.1-9", "not an IP address"),
    ("0x0a.0.0.1", "not an IP address"),
    ("0x0a000001", "not an IP address"),
    ("167772161", "not an IP address"),
    (" 10.0.0.1", "not an IP address"),
    ("10.0.0.1 ", "not an IP address"),
    ("10.0.0.1\n", "not an IP address"),
    ("10.0.0.1\x00", "not an IP address"),
    ("10.0.0.1:80", "not an IP address"),
    ("[::1]", "not an IP address"),
    (":::", "not an IP address"),
    ("1::2::3", "not an IP address"),
    ("12345::", "not an IP address"),
    ("::g", "not an IP address"),
    ("1:2:3:4:5:6:7", "not an IP address"),
    ("localhost", "not an IP address"),
    ("example.com", "not an IP address"),
    ("١٠.0.0.1", "not an IP address"),  # noqa: RUF001  # the lookalike is the point
    ("10。0。0。1", "not an IP address"),
    ("1" * 100_000, "not an IP address"),
]


@pytest.mark.parametrize(("text", "canonical"), ACCEPTED)
def test_a_network_gets_its_canonical_text(text: str, canonical: str) -> None:
    assert clean_network(text) == canonical


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_network_that_could_be_misread_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the reason is checked below
        clean_network(text)

    assert reason in str(raised.value)
    assert len(str(raised.value)) < 250


MAPPED = ipaddress.ip_network("::ffff:0:0/96")


@given(st.ip_addresses(), st.data())
def test_canonical_networks_agree_with_ipaddress(
    address: IPv4Address | IPv6Address, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, address.max_prefixlen))
    network = ipaddress.ip_network((address, length), strict=False)
    assume(network.network_address not in MAPPED)  # of its own kind, see the table

    cleaned = clean_network(str(network))

    assert ipaddress.ip_network(cleaned) == network
    assert clean_network(cleaned) == cleaned


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_membership_agrees_with_ipaddress(
    near: IPv4Address | IPv6Address, far: IPv4Address | IPv6Address, length: int
) -> None:
    network = ipaddress.ip_network((near, length % (near.max_prefixlen + 1)), strict=False)
    assume(MAPPED.network_address not in network)
    assume(near not in MAPPED)
    assume(far not in MAPPED)

    for address in (near, far):
        allowed = address_allowed((clean_network(str(network)),), str(address))
        assert allowed is (address in network)


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_ipv6_address_is_the_same_address(address: IPv6Address) -> None:
    groups = address.exploded.split(":")
    spellings = [
        address.compressed,
        address.exploded,
        address.exploded.upper(),
        ":".join(f"{int(group, 16):x}" for group in groups),
        ":".join(groups[:6]) + f":{IPv4Address(int(address) & 0xFFFFFFFF)}",
    ]

    assert len({parse_address(text) for text in spellings}) == 1
    assert len({clean_network(text) for text in spellings}) == 1


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_the_ipv4_address(address: IPv4Address) -> None:
    assert parse_address(f"::ffff:{address}") == address


@given(st.text(max_size=60))
def test_any_text_is_either_canonical_or_refused(text: str) -> None:
    try:
        cleaned = clean_network(text)
    except ValueError:
        return
    assert clean_network(cleaned) == cleaned


def test_no_network_allows_nothing() -> None:
    assert not address_allowed((), "10.0.0.1")


@pytest.mark.parametrize(
    "ip", ["", "unknown", "010.0.0.1", "10.0.0.1/32", "10.0.0.1:80", "fe80::1%1", "\x00"]
)
def test_what_is_not_an_address_is_never_allowed(ip: str) -> None:
    assert not address_allowed(("0.0.0.0/0", "::/0"), ip)


@pytest.mark.parametrize(
    ("networks", "ip", "allowed"),
    [
        (("10.0.0.0/8",), "10.255.255.255", True),
        (("10.0.0.0/8",), "11.0.0.0", False),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("10.0.0.0/8",), "::10.1.2.3", False),
        (("10.0.0.1",), "10.0.0.1", True),
        (("10.0.0.1",), "10.0.0.2", False),
        (("10.0.0.1", "2001:db8::/32"), "2001:db8:ffff::1", True),
        (("0.0.0.0/0",), "203.0.113.9", True),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("::/0",), "203.0.113.9", False),
        (("::/0",), "::ffff:203.0.113.9", False),
        (("::/0",), "2001:DB8:0:0:0:0:0:1", True),
    ],
)
def test_an_address_is_allowed_by_the_network_that_holds_it(
    networks: tuple[str, ...], ip: str, allowed: bool
) -> None:
    assert address_allowed(networks, ip) is allowed


PROXIES = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        # Without a trusted peer nothing that the header says counts.
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1, 10.0.0.2", "203.0.113.9"),
        # The first hop from the right that is not trusted is the client.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2, 10.0.0.3", "198.51.100.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("fd00::1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        # When every hop is trusted, the leftmost is the client.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", None, "10.0.0.1"),
        # Servers blank a field that is not ASCII, which is the client's to send.
        ("10.0.0.1", "", ""),
        ("198.51.100.7", "", "198.51.100.7"),
        ("10.0.0.1", " , ,", ""),
        # Spellings are normalised.
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "2001:DB8:0::0001", "2001:db8::1"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", ",198.51.100.1,,", "198.51.100.1"),
        ("10.0.0.1", "junk, 198.51.100.1", "198.51.100.1"),
        # What a trusted hop says about its own peer, but nobody can read, is not known.
        ("10.0.0.1", "unknown", ""),
        ("10.0.0.1", "198.51.100.1, unknown", ""),
        ("10.0.0.1", "198.51.100.1, fe80::1%eth0", ""),
        ("10.0.0.1", "010.0.0.9", ""),
        ("10.0.0.1", "[198.51.100.1", ""),
        ("10.0.0.1", "198.51.100.1:4711:1", ""),
        ("10.0.0.1", "10.0.0.0/8", ""),
        ("10.0.0.1", '"198.51.100.1"', ""),
        # A Unix socket has no address.
        ("", None, ""),
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", ""),
    ],
)
def test_the_client_is_found_from_right_to_left(
    peer: str, forwarded_for: str | None, client: str
) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == client


def test_without_trusted_proxies_only_the_peer_counts() -> None:
    assert client_address("10.0.0.1", "198.51.100.1", ()) == "10.0.0.1"


@given(st.lists(st.ip_addresses(v=4).filter(lambda ip: not str(ip).startswith("10."))))
def test_nothing_a_client_claims_changes_what_the_proxy_saw(claimed: list[IPv4Address]) -> None:
    header = ", ".join([*map(str, claimed), "198.51.100.1"])

    assert client_address("10.0.0.1", header, PROXIES) == "198.51.100.1"


def test_a_hop_of_any_length_is_no_address() -> None:
    assert client_address("10.0.0.1", "1" * 100_000, ("10.0.0.0/8",)) == ""
