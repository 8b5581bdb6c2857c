"""Which facts of a request count, and whom they are believed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.test import RequestFactory

from apikeys.api.presenting import credential_in, credential_of, presentation_of
from apikeys.domain.certificates import thumbprint
from apikeys.domain.errors import AmbiguousCredential
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import signature_problem

PROXY, STRANGER = "10.0.0.1", "198.51.100.9"
SECRET = Secret("an-imported-secret")


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    settings.APIKEYS = {**django_settings.APIKEYS, "TRUSTED_PROXIES": ("10.0.0.0/8",)}
    settings.ALLOWED_HOSTS = ["*"]


def request(peer: str = PROXY, path: str = "/", **headers: str) -> HttpRequest:
    return RequestFactory().get(path, headers=headers, REMOTE_ADDR=peer)


def facts(peer: str = PROXY, **headers: str) -> Any:
    return presentation_of(request(peer, **headers), SECRET)


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ({}, None),
        ({"Authorization": "Bearer abc"}, "abc"),
        ({"Authorization": "bearer   abc  "}, "abc"),
        ({"X-API-Key": " abc "}, "abc"),
        ({"Authorization": "Bearer abc", "X-API-Key": "abc"}, "abc"),
        ({"Authorization": "Basic YTpi", "X-API-Key": "abc"}, "abc"),
        ({"Authorization": "Bearer"}, None),
        ({"Authorization": "Bearer ", "X-API-Key": ""}, None),
        ({"Authorization": "abc"}, None),
        ({"Authorization": "Bearer with a space, and a comma"}, "with a space, and a comma"),
        ({"X-API-Key": "schlüssel".encode().decode("latin-1")}, "schlüssel"),
        ({"X-API-Key": "schl\xfcssel"}, "schlüssel"),
    ],
)
def test_the_credential_is_read_from_two_headers(
    headers: dict[str, str], credential: str | None
) -> None:
    found = credential_of(request(**headers))
    assert (found and found.reveal()) == credential


def test_two_different_credentials_are_refused_without_showing_either() -> None:
    with pytest.raises(AmbiguousCredential) as refusal:
        credential_of(request(**{"Authorization": "Bearer abcdef", "X-API-Key": "uvwxyz"}))
    assert not {"abcdef", "uvwxyz"} & set(str(refusal.value).split())


def test_blanks_around_a_field_are_no_part_of_the_key() -> None:
    found = credential_in("", " abc ")
    assert found is not None
    assert found.reveal() == "abc"


def test_a_credential_in_the_url_is_not_looked_at() -> None:
    assert credential_of(request(path="/?api_key=abc&key=abc&token=abc")) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "ip"),
    [
        (STRANGER, None, STRANGER),
        (STRANGER, "203.0.113.7", STRANGER),
        (PROXY, "203.0.113.7", "203.0.113.7"),
        (PROXY, "1.1.1.1, 203.0.113.7, 10.2.2.2", "203.0.113.7"),
        (PROXY, "nonsense", None),
        ("", None, None),
    ],
)
def test_the_address_is_that_of_the_last_hop_nobody_vouches_for(
    peer: str, forwarded: str | None, ip: str | None
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert facts(peer, **headers).ip == ip


@pytest.mark.parametrize(
    ("peer", "forwarded", "scheme"),
    [
        (STRANGER, "https", "http"),
        (PROXY, "https", "https"),
        (PROXY, "HTTPS", "https"),
        (PROXY, "http", "http"),
        (PROXY, "https, http", "http"),
        (PROXY, "https,https", "https"),
        (PROXY, "", "http"),
    ],
)
def test_the_forwarded_scheme_counts_from_trusted_proxies_only(
    peer: str, forwarded: str, scheme: str, settings: Any
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert facts(peer, **{"X-Forwarded-Proto": forwarded}).scheme == scheme


def test_the_scheme_of_the_connection_counts_where_no_proxy_speaks() -> None:
    direct = RequestFactory().get("/", secure=True, REMOTE_ADDR=STRANGER)
    assert presentation_of(direct, SECRET).scheme == "https"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("api.example.com", "api.example.com"),
        ("API.example.com:8443", "api.example.com"),
        ("[2001:db8::1]:80", "[2001:db8::1]"),
    ],
)
def test_the_domain_is_the_host_without_its_port(host: str, domain: str) -> None:
    assert facts(Host=host).domain == domain


@pytest.mark.parametrize("origin", [None, "null", "https://app.example.com"])
def test_the_origin_is_what_the_browser_says(origin: str | None) -> None:
    assert facts(**({"Origin": origin} if origin else {})).origin == origin


def certificate() -> x509.Certificate:
    holder = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name, name, holder.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(holder, SHA256())
    )


def test_a_certificate_is_taken_from_a_trusted_proxy_only() -> None:
    holder = certificate()
    field = f":{base64.b64encode(holder.public_bytes(Encoding.DER)).decode()}:"
    passed_on = facts(PROXY, **{"Client-Cert": field}).client_certificate
    expected = base64.urlsafe_b64encode(holder.fingerprint(SHA256())).decode().rstrip("=")
    assert thumbprint(passed_on) == expected
    assert facts(STRANGER, **{"Client-Cert": field}).client_certificate is None


@pytest.mark.parametrize("field", ["", "abc", ":abc", ":YWJj:, :YWJj:", "(:YWJj:)", "\xff", "1"])
def test_a_certificate_that_cannot_be_read_is_none(field: str) -> None:
    assert facts(PROXY, **{"Client-Cert": field}).client_certificate is None


def test_only_a_request_that_says_it_is_signed_has_its_body_read() -> None:
    unsigned = RequestFactory().post("/", b"body", "text/plain")
    assert presentation_of(unsigned, SECRET).signed_request is None
    assert unsigned.read() == b"body"


def test_the_signed_request_is_the_one_that_was_sent() -> None:
    sent = RequestFactory().post(
        "/a%20b/?q=%7E",
        b"body",
        "text/plain",
        headers={"Signature": "s=:YQ==:", "Host": "api.example.com", "X-Forwarded-Proto": "https"},
        REMOTE_ADDR=PROXY,
    )
    signed = presentation_of(sent, SECRET).signed_request
    assert signed is not None
    assert (signed.method, signed.url) == ("POST", "https://api.example.com/a%20b/?q=%7E")
    assert signed.body == b"body"
    assert ("Content-Type", "text/plain") in signed.headers


def test_the_target_is_taken_as_the_server_read_it() -> None:
    raw = RequestFactory().get("/~a", RAW_URI="/%7Ea?x=1", headers={"Signature": "s=:YQ==:"})
    signed = presentation_of(raw, SECRET).signed_request
    assert signed is not None
    assert signed.url == "http://testserver/%7Ea?x=1"


def test_a_body_that_is_gone_leaves_no_signed_request() -> None:
    read = RequestFactory().post("/", b"body", "text/plain", headers={"Signature": "s=:YQ==:"})
    read.read()
    with pytest.raises(RawPostDataException):
        _ = read.body
    assert presentation_of(read, SECRET).signed_request is None


def test_a_real_signature_holds_after_the_translation() -> None:
    from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
    from http_message_signatures.algorithms import HMAC_SHA256

    class Resolver(HTTPSignatureKeyResolver):
        def resolve_private_key(self, key_id: str) -> bytes:
            return SECRET.reveal().encode()

    class Message:
        method, url = "GET", "http://testserver/words?page=2"
        headers: dict[str, str] = {}

    signer = HTTPMessageSigner(signature_algorithm=HMAC_SHA256, key_resolver=Resolver())
    signer.sign(Message, key_id="k", covered_component_ids=("@method", "@target-uri"))
    sent = RequestFactory().get("/words?page=2", headers=Message.headers)
    signed = presentation_of(sent, SECRET).signed_request
    assert signed is not None
    assert signature_problem(signed, SECRET, None, datetime.now(UTC)) is None


def test_a_client_secret_is_digested_at_once() -> None:
    assert facts().client_secret_digests == ()
    (digest,) = facts(**{"X-Client-Secret": "cs_1"}).client_secret_digests
    assert len(digest) == 32


def test_demands_are_passed_on() -> None:
    asked = presentation_of(request(), SECRET, scopes=("a",), management=True)
    assert (asked.scopes, asked.management, asked.secret) == (("a",), True, SECRET)
