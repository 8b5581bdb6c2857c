from __future__ import annotations

import builtins
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.secret import Secret
from apikeys.domain.signatures import (
    SUPPORTED_ALGORITHMS,
    SignedRequest,
    signature_problem,
)
from tests.apikeys.domain.mutations import MUTATIONS
from tests.apikeys.domain.signing import (
    BODY,
    NOW,
    SECRET,
    TARGET,
    URL,
    added,
    changed,
    digest_of,
    problem,
    sign,
)


@pytest.mark.parametrize(
    "signed",
    [
        sign(),
        sign(("@method", "@authority", "@path", "@query", "content-digest")),
        sign(("@method", "@target-uri"), method="GET", body=None),
        sign(body=b""),
        sign(headers={"content-digest": digest_of(BODY, "sha512")}),
        sign((*TARGET, "x-tenant"), headers={"x-tenant": "a, b"}),
        sign(parameters=';keyid="any"'),
        sign(parameters=';keyid="any";nonce="n";tag="t"'),
        sign(expires=NOW + timedelta(seconds=60)),
        sign(url="https://api.example.com/"),
    ],
)
def test_a_signed_request_is_accepted(signed: SignedRequest) -> None:
    assert signature_problem(signed, SECRET, None, NOW) is None


def test_headers_that_are_not_signed_may_change_and_repeat() -> None:
    signed = added(sign(), ("accept", "a"), ("Accept", "b"), ("cookie", "x\r\n y"))

    assert signature_problem(signed, SECRET, None, NOW) is None


def test_header_names_are_read_in_any_case() -> None:
    signed = sign()
    shouted = tuple((name.title(), value) for name, value in signed.headers)

    assert signature_problem(replace(signed, headers=shouted), SECRET, None, NOW) is None


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_any_changed_part_of_a_signed_request_is_noticed(mutation: str) -> None:
    mutated = MUTATIONS[mutation](sign())

    assert problem(mutated)


@pytest.mark.parametrize(
    "components",
    [
        ("@target-uri", "content-digest"),
        ("@method", "content-digest"),
        ("@method", "@authority", "@path", "content-digest"),
        ("@method", "@authority", "@query", "content-digest"),
        ("@method", "@path", "@query", "content-digest"),
        ("content-digest",),
    ],
)
def test_a_signature_must_cover_method_and_target(components: tuple[str, ...]) -> None:
    assert problem(sign(components)) in {
        "The signature does not cover @method.",
        "The signature covers neither @target-uri nor all of @authority, @path and @query.",
    }


@pytest.mark.parametrize("components", [(), ("@method", "@target-uri")])
def test_a_signature_must_cover_the_digest_of_a_body(components: tuple[str, ...]) -> None:
    assert "requires a signed Content-Digest" in problem(sign(components))


def test_a_body_without_any_digest_is_refused() -> None:
    unsigned_body = replace(sign(("@method", "@target-uri"), body=None), body=BODY)

    assert "requires a signed Content-Digest" in problem(unsigned_body)


def test_a_digest_must_be_that_of_the_body_even_when_signed() -> None:
    assert "does not match the message body" in problem(
        sign(headers={"content-digest": digest_of(b"another body")})
    )


@pytest.mark.parametrize(
    "secret", [Secret("ks_live_another"), Secret(""), Secret("ks_live_the-plaintext ")]
)
def test_another_secret_does_not_verify(secret: Secret) -> None:
    assert "does not fit the request and the secret" in problem(sign(), secret)


def test_a_digest_of_the_secret_does_not_sign() -> None:
    stored = Secret(hashlib.sha256(SECRET.reveal().encode()).hexdigest())

    assert problem(sign(secret=stored))


@pytest.mark.parametrize(
    ("age_seconds", "reason"),
    [
        (-61, "created in the future"),
        (-59, ""),
        (0, ""),
        (299, ""),
        (300, ""),
        (301, "older than 300 seconds"),
        (86_400 * 365 * 5, "older than 300 seconds"),
        (-86_400 * 365 * 5, "created in the future"),
    ],
)
def test_a_signature_is_good_for_five_minutes(age_seconds: int, reason: str) -> None:
    told = problem(sign(created=NOW - timedelta(seconds=age_seconds)))

    assert reason in told
    assert bool(told) is bool(reason)


@pytest.mark.parametrize(("left_seconds", "expired"), [(-61, True), (-59, False), (1, False)])
def test_a_signature_may_name_an_earlier_end(left_seconds: int, expired: bool) -> None:
    told = problem(sign(expires=NOW + timedelta(seconds=left_seconds)))

    assert ("has expired" in told) is expired


@pytest.mark.parametrize("algorithms", [None, SUPPORTED_ALGORITHMS, ("ed25519", "hmac-sha256")])
def test_an_allowed_algorithm_is_checked(algorithms: tuple[str, ...] | None) -> None:
    assert signature_problem(sign(), SECRET, algorithms, NOW) is None


@pytest.mark.parametrize("algorithms", [(), ("ed25519",), ("HMAC-SHA256",)])
def test_a_key_that_allows_no_checked_algorithm_refuses(algorithms: tuple[str, ...]) -> None:
    told = signature_problem(sign(), SECRET, algorithms, NOW) or ""

    assert "none of the algorithms checked here: hmac-sha256" in told


def test_a_repeated_signed_header_is_named() -> None:
    signed = sign((*TARGET, "x-tenant"), headers={"x-tenant": "a, b"})
    split = replace(
        signed,
        headers=(
            *(line for line in signed.headers if line[0] != "x-tenant"),
            ("X-Tenant", "a"),
            ("x-tenant", "b"),
        ),
    )

    assert problem(split) == "A signed header comes more than once: x-tenant."


def test_a_folded_signed_header_is_refused() -> None:
    signed = sign((*TARGET, "x-tenant"), headers={"x-tenant": "a b"})

    assert "folded" in problem(changed(signed, "x-tenant", "a\r\n b"))


def test_without_the_extra_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real_import = builtins.__import__

    def no_library(name: str, *rest: Any) -> Any:
        if name.startswith("http_message_signatures"):
            raise ImportError(name)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_library)

    assert "install keyservice[signing]" in problem(sign())


def test_no_reason_quotes_the_secret_or_a_header_value() -> None:
    signed = sign((*TARGET, "authorization"), headers={"authorization": "Bearer marked-value"})
    mutated = [mutate(signed) for name, mutate in MUTATIONS.items() if name != "no headers"]

    for told in map(problem, mutated):
        assert SECRET.reveal() not in told
        assert "marked-value" not in told
        assert len(told) < 260


def test_a_signed_request_does_not_show_what_may_be_a_credential() -> None:
    signed = sign(headers={"authorization": "Bearer marked-value"}, url=URL + "&key=marked-value")

    assert repr(signed) == "SignedRequest(method='POST')"


@given(
    st.text(max_size=10),
    st.text(max_size=40),
    st.lists(st.tuples(st.text(max_size=10), st.text(max_size=40)), max_size=4),
    st.none() | st.binary(max_size=20),
)
def test_no_request_makes_the_check_raise(
    method: str, url: str, headers: list[tuple[str, str]], body: bytes | None
) -> None:
    assert problem(SignedRequest(method, url, tuple(headers), body))


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_signature_header_makes_the_check_raise(signature: str, described: str) -> None:
    signed = changed(changed(sign(), "signature", signature), "signature-input", described)

    assert problem(signed)
