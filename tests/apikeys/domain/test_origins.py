from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.origins import clean_domain, clean_origin, domain_allowed, origin_allowed

CLEAN = [
    ("https://example.com", "https://example.com"),
    ("HTTPS://Example.COM", "https://example.com"),
    ("https://example.com:443", "https://example.com"),
    ("http://example.com:80", "http://example.com"),
    ("https://example.com:80", "https://example.com:80"),
    ("http://localhost:3000", "http://localhost:3000"),
    ("http://my_app:3000", "http://my_app:3000"),
    ("https://*.example.com", "https://*.example.com"),
    ("https://*.example.com:8443", "https://*.example.com:8443"),
    ("https://*.Example.co.uk", "https://*.example.co.uk"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("http://[::1]:8000", "http://[::1]:8000"),
    ("http://[2001:DB8:0:0::1]", "http://[2001:db8::1]"),
    ("https://" + "a" * 63 + ".example", "https://" + "a" * 63 + ".example"),
    ("https://1password.com", "https://1password.com"),
    ("https://a.b.c.d.e.example.com:65535", "https://a.b.c.d.e.example.com:65535"),
]

REFUSED = [
    ("null", "cannot be allowed"),
    ("*", "written like"),
    ("", "written like"),
    ("example.com", "written like"),
    ("//example.com", "written like"),
    ("://example.com", "written like"),
    ("ftp://example.com", "written like"),
    ("file:///etc/passwd", "written like"),
    ("javascript://example.com", "written like"),
    ("https:/example.com", "written like"),
    ("https://" + "a." * 200 + "com", "written like"),
    (" https://example.com", "written like"),
    ("https://", "labels of"),
    ("https://example.com/", "no path"),
    ("https://example.com/app", "no path"),
    ("https://example.com?x", "no path"),
    ("https://example.com#x", "no path"),
    ("https://example.com\\.evil.com", "no path"),
    ("https://user@example.com", "no user name"),
    ("https://user:pass@example.com", "no user name"),
    ("https://example.com@evil.com", "no user name"),
    ("https://example.com.", "drop the dot"),
    ("https://*.example.com.", "drop the dot"),
    ("https://*", "whole first label"),
    ("https://*.", "drop the dot"),
    ("https://*.com", "everybody's sites"),
    ("https://*.localhost", "everybody's sites"),
    ("https://*.co.uk", "everybody's sites"),
    ("https://*.com.au", "everybody's sites"),
    ("https://*example.com", "whole first label"),
    ("https://a*.example.com", "whole first label"),
    ("https://*.*.example.com", "whole first label"),
    ("https://a.*.example.com", "whole first label"),
    ("https://example.*", "whole first label"),
    ("https://**.example.com", "whole first label"),
    ("https://*.1.2.3.4", "before an IP address"),
    ("https://*.0.0.1", "before an IP address"),
    ("https://1.2.3", "not an IP address"),
    ("https://example.123", "not an IP address"),
    ("https://2130706433", "not an IP address"),
    ("https://0x7f000001", "not an IP address"),
    ("https://0x7f.0.0.1", "not an IP address"),
    ("https://0177.0.0.1", "octal"),
    ("https://[::1", "Between [ and ]"),
    ("https://[127.0.0.1]", "Between [ and ]"),
    ("https://[::ffff:127.0.0.1]", "Between [ and ]"),
    ("https://[fe80::1%25eth0]", "zone id"),
    ("https://[::1]x", "Between [ and ]"),
    ("https://::1", "labels of"),
    ("https://example.com:", "port is a number"),
    ("https://example.com:0", "port is a number"),
    ("https://example.com:0443", "port is a number"),
    ("https://example.com:65536", "port is a number"),
    ("https://example.com:99999999999", "port is a number"),
    ("https://example.com:*", "port is a number"),
    ("https://example.com:80:80", "port is a number"),
    ("https://example.com:8٣", "port is a number"),
    ("https://bücher.example", "xn--"),
    ("https://exаmple.com", "xn--"),  # noqa: RUF001  # a Cyrillic letter
    ("https://example。com", "xn--"),  # a full-width dot
    ("https://.example.com", "labels of"),
    ("https://a..example.com", "labels of"),
    ("https://-a.example.com", "labels of"),
    ("https://a-.example.com", "labels of"),
    ("https://a b.example.com", "labels of"),
    ("https://example.com ", "labels of"),
    ("https://example.com\n", "labels of"),
    ("https://example.com\x00.evil.com", "labels of"),
    ("https://example.com%2eevil.com", "labels of"),
    ("https://example.com,https://a.com", "no path"),
    ("https://" + "a" * 64 + ".example", "labels of"),
]

MATCHES = [
    ("https://example.com", "https://example.com", True),
    ("https://example.com", "https://example.com:443", True),
    ("https://example.com", "HTTPS://EXAMPLE.COM", True),
    ("https://example.com", "http://example.com", False),
    ("https://example.com", "https://example.com:8443", False),
    ("https://example.com", "https://www.example.com", False),
    ("https://example.com", "https://example.com.", False),
    ("https://example.com", "https://example.com/", False),
    ("https://example.com", "https://example.com.evil.com", False),
    ("https://example.com", "https://evil-example.com", False),
    ("https://example.com", "https://evil.com/example.com", False),
    ("https://example.com", "https://user@example.com", False),
    ("https://example.com", "https://example.com@evil.com", False),
    ("https://example.com", "null", False),
    ("https://example.com", "", False),
    ("https://example.com", "example.com", False),
    ("https://example.com", "https://exаmple.com", False),  # noqa: RUF001  # Cyrillic
    ("https://example.com", "https://example.com, https://evil.com", False),
    ("https://*.example.com", "https://a.example.com", True),
    ("https://*.example.com", "https://A.Example.com:443", True),
    ("https://*.example.com", "https://a.b.example.com", True),
    ("https://*.example.com", "https://example.com", False),
    ("https://*.example.com", "https://.example.com", False),
    ("https://*.example.com", "https://*.example.com", False),
    ("https://*.example.com", "https://evil-example.com", False),
    ("https://*.example.com", "https://evilexample.com", False),
    ("https://*.example.com", "https://a.example.com.evil.com", False),
    ("https://*.example.com", "https://a.example.com.", False),
    ("https://*.example.com", "http://a.example.com", False),
    ("https://*.example.com", "https://a.example.com:8443", False),
    ("https://*.example.com", "https://evil.com#.example.com", False),
    ("https://*.example.com", "https://evil.com\\.example.com", False),
    ("https://*.example.com", "https://evil.com/.example.com", False),
    ("https://*.example.com", "https://evil.com%00.example.com", False),
    ("https://*.example.com", "https://a@b.example.com", False),
    ("https://*.example.com:8443", "https://a.example.com:8443", True),
    ("https://*.example.com:8443", "https://a.example.com", False),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
    ("http://127.0.0.1:8000", "http://127.1:8000", False),
    ("http://[::1]:8000", "http://[0:0:0:0:0:0:0:1]:8000", True),
    ("http://localhost:3000", "http://localhost", False),
]


@pytest.mark.parametrize(("text", "canonical"), CLEAN)
def test_an_origin_gets_its_canonical_text(text: str, canonical: str) -> None:
    assert clean_origin(text) == canonical
    assert clean_origin(canonical) == canonical


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_not_a_safe_pattern_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the reason is checked below
        clean_origin(text)

    assert reason in str(raised.value)


@pytest.mark.parametrize(("pattern", "origin", "allowed"), MATCHES)
def test_a_pattern_matches_exactly_its_own_origins(
    pattern: str, origin: str, allowed: bool
) -> None:
    assert origin_allowed((clean_origin(pattern),), origin) is allowed


def test_one_matching_pattern_is_enough() -> None:
    patterns = ("https://a.example", "https://b.example")

    assert origin_allowed(patterns, "https://b.example")


def test_no_pattern_allows_nothing() -> None:
    assert not origin_allowed((), "https://example.com")
    assert not domain_allowed((), "example.com")


LABELS = st.sampled_from(["a", "b", "example", "evil", "evil-example", "com", "xn--a", "1a"])
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
PORTS = st.sampled_from(["", ":80", ":443", ":8443"])
ORIGINS = st.builds("{}://{}{}".format, st.sampled_from(["http", "https", "HTTPS"]), HOSTS, PORTS)


def slow_reference(pattern: str, origin: str) -> bool:
    """The same rule by another way: parsed by urllib, labels compared one by one."""
    wanted, given_ = urlsplit(pattern), urlsplit(origin)
    ports = {"http": 80, "https": 443}
    if wanted.scheme != given_.scheme:
        return False
    if (wanted.port or ports[wanted.scheme]) != (given_.port or ports[given_.scheme]):
        return False
    wanted_labels = (wanted.hostname or "").split(".")
    labels = (given_.hostname or "").split(".")
    if wanted_labels[0] != "*":
        return wanted_labels == labels
    rest = wanted_labels[1:]
    return len(labels) > len(rest) and labels[len(labels) - len(rest) :] == rest


@given(ORIGINS, ORIGINS, st.booleans(), st.data())
def test_matching_agrees_with_a_slow_reference(
    base: str, unrelated: str, wildcard: bool, data: st.DataObject
) -> None:
    pattern = base.replace("://", "://*.") if wildcard else base
    related = base.replace("://", "://" + data.draw(st.sampled_from(["", "a.", "a.b.", "evil"])))
    try:
        cleaned = clean_origin(pattern)
    except ValueError:
        return

    for origin in (unrelated, related):
        assert origin_allowed((cleaned,), origin) is slow_reference(pattern, origin)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_decided_without_an_error(pattern: str, origin: str) -> None:
    assert origin_allowed(("https://*.example.com",), origin) is False
    assert domain_allowed(("*.example.com",), origin + ".") is False
    try:
        cleaned = clean_origin("https://" + pattern)
    except ValueError:
        return
    assert clean_origin(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("example.com", "example.com"),
        ("Example.COM", "example.com"),
        ("*.example.com", "*.example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
    ],
)
def test_a_domain_gets_its_canonical_text(text: str, canonical: str) -> None:
    assert clean_domain(text) == canonical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://example.com", "no scheme"),
        ("example.com/", "no path"),
        ("user@example.com", "no user name"),
        ("example.com:443", "no port"),
        ("[::1]:443", "no port"),
        ("example.com.", "drop the dot"),
        ("bücher.example", "xn--"),
        ("*", "whole first label"),
        ("*.com", "everybody's sites"),
        ("*.co.uk", "everybody's sites"),
        ("a.*.example.com", "whole first label"),
        ("", "labels of"),
        ("a b", "labels of"),
        ("a\nb", "labels of"),
        (".example.com", "labels of"),
        (".".join(["a" * 62] * 5), "labels of"),
        ("1.2.3", "not an IP address"),
    ],
)
def test_what_is_not_a_domain_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the reason is checked below
        clean_domain(text)

    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("pattern", "domain", "allowed"),
    [
        ("example.com", "example.com", True),
        ("example.com", "EXAMPLE.com", True),
        ("example.com", "www.example.com", False),
        ("example.com", "example.com.", False),
        ("example.com", "example.com:443", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "*.example.com", False),
        ("*.example.com", "evil-example.com", False),
        ("*.example.com", "www.example.com.evil.com", False),
        ("*.example.com", "evil.com/.example.com", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.1", False),
    ],
)
def test_a_domain_pattern_matches_exactly_its_own_domains(
    pattern: str, domain: str, allowed: bool
) -> None:
    assert domain_allowed((clean_domain(pattern),), domain) is allowed
