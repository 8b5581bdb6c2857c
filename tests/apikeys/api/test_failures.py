"""How the documents of the surfaces describe what can go wrong."""

from __future__ import annotations

from apikeys.api.openapi import FAILURES, PROBLEMS, Failures, _told
from apikeys.api.schemas import Problem


def descriptions(failures: Failures) -> dict[int, str]:
    return {status: told.description for (status, _), told in _told(failures).items()}


def test_every_status_is_described_as_in_the_native_api() -> None:
    assert descriptions(PROBLEMS) == FAILURES


def test_a_surface_describes_what_means_something_else_there() -> None:
    failures = Failures(Problem, statuses=(404, 422), notes={422: "A field breaks a rule."})
    assert descriptions(failures) == {404: FAILURES[404], 422: "A field breaks a rule."}
