"""The table of all refusals, alone and against one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from apikeys.domain.presentation import Presentation
from apikeys.domain.rules import RULES, decide
from apikeys.domain.scopes import Resource, ResourceScope
from apikeys.domain.secret import Secret
from apikeys.domain.terms import Policy, Terms
from apikeys.domain.verdict import Outcome
from tests.apikeys.domain.broken import (
    BOUND_TO,
    BROKEN,
    CALL,
    EITHER_OR,
    KEY,
    MOMENT,
    NOON,
    PAIRS,
    SECRET,
    Broken,
)


def outcome(*broken: Broken, explain: bool = False) -> Outcome:
    terms, call = KEY, replace(CALL, explain=explain)
    for it in broken:
        terms = replace(terms, **it.terms, policy=replace(terms.policy, **it.policy))
        call = replace(call, **it.call)
    return decide(terms, call, NOON).outcome


def test_a_key_without_rules_is_valid() -> None:
    assert decide(KEY, CALL, NOON).outcome is Outcome.VALID


def test_the_table_holds_every_refusal_in_the_order_of_the_contract() -> None:
    counted = {"rate_limited", "quota_exceeded", "concurrency_exceeded", "credits_exhausted"}
    others = counted | {"valid", "undetermined"}
    assert [it.outcome for it in BROKEN] == [it for it in Outcome if it not in others]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda it: it.outcome)
def test_each_broken_rule_is_named(broken: Broken) -> None:
    assert outcome(broken) is broken.outcome


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda it: it.outcome)
def test_of_two_broken_rules_the_earlier_answers(first: Broken, second: Broken) -> None:
    assert outcome(first, second) is first.outcome
    assert outcome(first, second, explain=True) is first.outcome


def test_all_neighbours_that_can_meet_are_in_the_table_of_pairs() -> None:
    met = {(first.outcome, second.outcome) for first, second in PAIRS}
    apart = {
        (before.outcome, after.outcome)
        for before, after in pairwise(BROKEN)
        if (before.outcome, after.outcome) not in met
    }
    # A key has one hold, so it never waits and rests at the same time.
    assert apart == EITHER_OR | {(Outcome.PENDING, Outcome.MAINTENANCE)}


def test_everything_broken_at_once_is_malformed() -> None:
    everything = [it for it in BROKEN if not it.contradicts(BROKEN[5])]
    assert outcome(*everything) is Outcome.MALFORMED


@pytest.mark.parametrize("text", ["", "x" * 513, "a\nb", "a\u200b"])
def test_what_no_key_can_be_is_malformed_whether_or_not_there_is_a_key(text: str) -> None:
    for terms in (None, KEY):
        assert decide(terms, Presentation(Secret(text)), NOON).outcome is Outcome.MALFORMED


def test_what_another_issuer_may_have_made_is_looked_up() -> None:
    foreign = Presentation(Secret("x" * 512))
    assert decide(None, foreign, NOON).outcome is Outcome.NOT_FOUND
    assert decide(KEY, foreign, NOON).outcome is Outcome.VALID


def test_a_wrong_checksum_is_malformed() -> None:
    text = SECRET.reveal()
    wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
    assert decide(KEY, Presentation(Secret(wrong)), NOON).outcome is Outcome.MALFORMED


@pytest.mark.parametrize("terms", [None, replace(KEY, deleted_at=NOON)])
def test_a_deleted_key_answers_like_a_missing_one(terms: Terms | None) -> None:
    verdict = decide(terms, CALL, NOON)
    assert (verdict.outcome, verdict.terms) == (Outcome.NOT_FOUND, None)


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        (None, Outcome.VALID),
        ("disabled", Outcome.DISABLED),
        ("suspended", Outcome.SUSPENDED),
        ("pending_verification", Outcome.PENDING),
        ("pending_review", Outcome.PENDING),
        ("deprecated", Outcome.VALID),
        ("maintenance", Outcome.MAINTENANCE),
    ],
)
def test_each_hold_has_its_answer(hold: str | None, expected: Outcome) -> None:
    assert decide(replace(KEY, hold=hold), CALL, NOON).outcome is expected


@pytest.mark.parametrize("end", ["expires_at", "secret_retires_at"])
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON - MOMENT, Outcome.EXPIRED),
        (NOON, Outcome.EXPIRED),
        (NOON + MOMENT, Outcome.VALID),
    ],
)
def test_what_ends_at_noon_is_refused_at_noon(
    end: str, moment: datetime, expected: Outcome
) -> None:
    ending = replace(KEY, **{end: moment})  # type: ignore[arg-type]  # the name is one of two times
    assert decide(ending, CALL, NOON).outcome is expected


@pytest.mark.parametrize(
    ("own", "allowed", "named", "valid"),
    [
        ("live", None, None, True),
        ("live", None, "live", True),
        ("live", None, "test", False),
        ("test", None, "test", True),
        ("test", None, "live", False),
        ("live", None, "staging", True),
        ("live", ("staging",), "staging", True),
        ("live", ("staging",), "production", False),
        ("live", ("staging",), None, False),
        ("live", ("staging",), "live", False),
        ("live", ("live", "test"), "test", False),
        ("live", (), "live", False),
        ("live", (), None, False),
    ],
)
def test_the_environment_must_be_the_keys_own_and_in_its_list(
    own: str, allowed: tuple[str, ...] | None, named: str | None, valid: bool
) -> None:
    key = replace(KEY, environment=own, policy=Policy(allowed_environments=allowed))
    found = decide(key, replace(CALL, environment=named), NOON)
    assert found.outcome is (Outcome.VALID if valid else Outcome.WRONG_ENVIRONMENT)


@pytest.mark.parametrize(
    ("policy", "call", "expected"),
    [
        ({"enforce_https": True}, {"scheme": "https"}, Outcome.VALID),
        ({"enforce_https": True}, {"scheme": "http"}, Outcome.HTTPS_REQUIRED),
        ({"enforce_https": True}, {"scheme": "HTTPS "}, Outcome.HTTPS_REQUIRED),
        ({"allowed_ips": ("10.0.0.0/8",)}, {"ip": "10.1.2.3"}, Outcome.VALID),
        ({"allowed_ips": ("10.0.0.0/8",)}, {"ip": "::ffff:10.1.2.3"}, Outcome.VALID),
        ({"allowed_ips": ("10.0.0.0/8",)}, {"ip": "11.1.2.3"}, Outcome.IP_NOT_ALLOWED),
        ({"allowed_ips": ("10.0.0.0/8",)}, {"ip": "nonsense"}, Outcome.IP_NOT_ALLOWED),
        ({"allowed_ips": ()}, {"ip": "10.1.2.3"}, Outcome.IP_NOT_ALLOWED),
        ({"allowed_origins": ()}, {}, Outcome.VALID),
        ({"allowed_origins": ()}, {"origin": "https://a.example"}, Outcome.ORIGIN_NOT_ALLOWED),
        ({"allowed_origins": ("https://a.example",)}, {"origin": "null"}, "origin_not_allowed"),
        ({"allowed_origins": ("https://a.example",)}, {"origin": ""}, "origin_not_allowed"),
        (
            {"allowed_origins": ("https://*.a.example",)},
            {"origin": "https://b.a.example"},
            Outcome.VALID,
        ),
        ({"allowed_domains": ("a.example",)}, {"domain": "a.example"}, Outcome.VALID),
        ({"allowed_domains": ()}, {"domain": "a.example"}, Outcome.DOMAIN_NOT_ALLOWED),
        ({"client_certificate_hash": BOUND_TO}, {}, Outcome.CERTIFICATE_REQUIRED),
        ({"enforce_mutual_tls": True}, {"client_certificate": ""}, Outcome.CERTIFICATE_REQUIRED),
        ({"enforce_mutual_tls": True}, {"client_certificate": "x"}, "certificate_mismatch"),
        (
            {"requires_client_secret": True, "client_secret_digest": b"right"},
            {"client_secret_digests": (b"other", b"right")},
            Outcome.VALID,
        ),
        (
            {"requires_client_secret": True},
            {"client_secret_digests": (b"any",)},
            Outcome.CLIENT_SECRET_INVALID,
        ),
    ],
)
def test_each_rule_has_its_edges(
    policy: dict[str, Any], call: dict[str, Any], expected: str
) -> None:
    key = replace(KEY, policy=Policy(**policy))
    assert decide(key, replace(CALL, **call), NOON).outcome == expected


BOOK_7 = ResourceScope("book", "7", ("read",))


@pytest.mark.parametrize(
    ("held", "call", "valid"),
    [
        ({}, {}, True),
        ({"scopes": ("a:*",)}, {"scopes": ("a:b", "a:c")}, True),
        ({"scopes": ("a:b",)}, {"scopes": ("a:b", "a:c")}, False),
        ({"permissions": ("write",)}, {"permissions": ("read", "write")}, True),
        ({"permissions": ("write",)}, {"permissions": ("delete",)}, False),
        ({"permissions": ()}, {"permissions": ("read",)}, False),
        ({"permissions": ("admin",)}, {"permissions": ("fly",)}, False),
        ({"resource_scopes": None}, {"resource": Resource("book", "7")}, True),
        ({"resource_scopes": (BOOK_7,)}, {"resource": Resource("book", "7", "read")}, True),
        ({"resource_scopes": (BOOK_7,)}, {"resource": Resource("book", "7", "burn")}, False),
        ({"resource_scopes": (BOOK_7,)}, {"resource": Resource("book", "7")}, False),
        ({"resource_scopes": (BOOK_7,)}, {}, False),
        ({"resource_scopes": ()}, {"resource": Resource("book", "7")}, False),
        ({"key_type": "management", "scopes": ("a",)}, {"scopes": ("a",), "management": True}, 1),
        ({"key_type": "standard", "scopes": ("a",)}, {"scopes": ("a",), "management": True}, 0),
        ({"key_type": "standard", "scopes": ("*",)}, {"management": True}, False),
    ],
)
def test_what_is_asked_for_must_be_granted(
    held: dict[str, Any], call: dict[str, Any], valid: bool
) -> None:
    found = decide(replace(KEY, **held), replace(CALL, **call), NOON)
    assert found.outcome is (Outcome.VALID if valid else Outcome.INSUFFICIENT_SCOPE)


def test_an_explanation_names_every_rule_also_those_behind_the_refusal() -> None:
    key = replace(KEY, revoked_at=NOON, policy=Policy(enforce_https=True))
    verdict = decide(key, replace(CALL, explain=True), NOON)
    assert len(verdict.checks) == len(RULES)
    failed = [(check.rule, check.code) for check in verdict.checks if not check.passed]
    assert failed == [("not_revoked", "revoked"), ("over_https", "https_required")]
    assert verdict.outcome is Outcome.REVOKED


def test_without_explain_there_are_no_checks() -> None:
    assert decide(KEY, CALL, NOON).checks == ()


def test_a_refusal_carries_the_terms_it_was_decided_on() -> None:
    key = replace(KEY, revoked_at=NOON)
    assert decide(key, CALL, NOON).terms is key
