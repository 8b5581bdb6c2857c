"""Every outcome has its answer, and none tells an outsider about a key."""

from __future__ import annotations

import pytest

from apikeys.api.outcomes import refusal_for
from apikeys.api.refusals import AUTHENTICATION_FAILED, Refused, refusal_of
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotPermitted
from apikeys.domain.verdict import Outcome, Verdict

STATUSES = {
    401: "malformed not_found revoked disabled suspended pending maintenance expired",
    403: "wrong_environment https_required ip_not_allowed origin_not_allowed domain_not_allowed "
    "certificate_required certificate_mismatch signature_required signature_invalid "
    "client_secret_required client_secret_invalid insufficient_scope",
    429: "rate_limited quota_exceeded concurrency_exceeded credits_exhausted",
    503: "undetermined",
}
STATUS_OF = {Outcome(word): status for status, words in STATUSES.items() for word in words.split()}


@pytest.mark.parametrize("outcome", [it for it in Outcome if it is not Outcome.VALID])
def test_each_outcome_has_the_status_of_the_contract(outcome: Outcome) -> None:
    refusal = refusal_for(Verdict(outcome))
    assert refusal is not None
    assert refusal.status == STATUS_OF[outcome]
    assert refusal.code == ("authentication_failed" if refusal.status == 401 else outcome)
    assert refusal.detail.endswith(".")


def test_a_valid_key_is_not_refused() -> None:
    assert refusal_for(Verdict(Outcome.VALID)) is None


def test_all_keys_that_are_not_in_force_read_alike() -> None:
    ended = [outcome for outcome, status in STATUS_OF.items() if status == 401]
    assert all(refusal_for(Verdict(outcome)) is AUTHENTICATION_FAILED for outcome in ended)


@pytest.mark.parametrize(
    ("verdict", "seconds"),
    [
        (Verdict(Outcome.RATE_LIMITED, retry_after=12), "12"),
        (Verdict(Outcome.CREDITS_EXHAUSTED), None),
        (Verdict(Outcome.UNDETERMINED), None),
        (Verdict(Outcome.UNDETERMINED, retry_after=5), "5"),
    ],
)
def test_the_time_to_wait_is_told_where_there_is_one(verdict: Verdict, seconds: str | None) -> None:
    refusal = refusal_for(verdict)
    assert refusal is not None
    assert refusal.headers.get("Retry-After") == seconds


def test_a_missing_scope_is_named_in_the_challenge() -> None:
    refusal = refusal_for(Verdict(Outcome.INSUFFICIENT_SCOPE), scopes=["a:read", "b:read"])
    assert refusal is not None
    assert refusal.headers["WWW-Authenticate"] == (
        'Bearer realm="keyservice", error="insufficient_scope", scope="a:read b:read"'
    )
    assert refusal.scopes == ("a:read", "b:read")


def test_a_scope_that_an_operation_misses_is_named_too() -> None:
    actor = Actor("management_key", "key_1", scopes=("api_keys:write",))
    with pytest.raises(NotPermitted) as caught:
        actor.require("api_keys:revoke")
    assert refusal_of(caught.value).scopes == ("api_keys:revoke",)


def test_a_refusal_passes_through_a_view_unchanged() -> None:
    refusal = refusal_for(Verdict(Outcome.RATE_LIMITED, retry_after=12))
    assert refusal is not None
    raised = Refused(refusal)
    assert refusal_of(raised) is refusal
    assert (raised.status_code, raised.wait) == (429, 12)
