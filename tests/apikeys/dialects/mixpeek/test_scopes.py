"""`scopes`: what the strict client takes is shown, everything else is kept out of its sight."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.dialects.mixpeek import wire
from apikeys.domain.scopes import Resource
from apikeys.models import ApiKey, Tenant
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, done
from tests.calling import Caller
from tests.factories import minted

BUCKET = {"resource_type": "bucket", "resource_id": "b_1"}
FOREIGN = {"resource_type": "galaxy", "resource_id": "*"}
LONG = {"resource_type": "bucket", "resource_id": "x" * 101}
MIXED = {"resource_type": "bucket", "resource_id": "b_2", "operations": ["read_data", "fly"]}
STRANGE = {"resource_type": "bucket", "resource_id": "b_3", "operations": ["fly"]}
READ = {"resource_type": "bucket", "resource_id": "b_2", "operations": ["read_data"]}
FLY = {"resource_type": "bucket", "resource_id": "b_2", "operations": ["fly"]}


def native(tenant: Tenant, scopes: list[dict[str, Any]] | None) -> tuple[str, str]:
    key, secret = minted(tenant=tenant.public_id, subject=EMAIL, name="n", resource_scopes=scopes)
    return key.public_id, secret


def kept(public_id: str) -> Any:
    return ApiKey.objects.get(public_id=public_id).resource_scopes


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (None, []),
        ([], [wire.NO_RESOURCE]),
        ([BUCKET], [BUCKET]),
        ([FOREIGN, BUCKET, LONG], [BUCKET]),
        ([FOREIGN], [wire.NO_RESOURCE]),
        ([STRANGE], [wire.NO_RESOURCE]),
        ([MIXED], [READ]),
        ([{**BUCKET, "operations": []}], [{**BUCKET, "operations": []}]),
    ],
)
def test_what_is_shown_never_claims_more_than_there_is(
    alice: Mixpeek, tenant: Tenant, held: list[dict[str, Any]] | None, shown: object
) -> None:
    native(tenant, held)
    assert alice.shown("n")["scopes"] == shown


@pytest.mark.parametrize(
    ("held", "asked", "left"),
    [
        (None, [BUCKET], [BUCKET]),
        ([BUCKET], [READ], [READ]),
        ([FOREIGN, BUCKET, LONG], [READ], [READ, FOREIGN, LONG]),
        ([MIXED], [BUCKET], [BUCKET, FLY]),
        ([FOREIGN, BUCKET], [], None),
        ([], [wire.NO_RESOURCE], []),
        ([FOREIGN], [wire.NO_RESOURCE], [FOREIGN]),
    ],
)
def test_replacing_keeps_what_was_not_shown(
    alice: Mixpeek,
    tenant: Tenant,
    held: list[dict[str, Any]] | None,
    asked: list[dict[str, Any]],
    left: object,
) -> None:
    public_id, _ = native(tenant, held)
    done(alice.update("n", scopes=asked))
    assert kept(public_id) == left


@pytest.mark.parametrize("held", [None, [], [BUCKET], [FOREIGN], [MIXED], [STRANGE, BUCKET]])
def test_another_change_leaves_them_as_they_are(
    alice: Mixpeek, tenant: Tenant, held: list[dict[str, Any]] | None
) -> None:
    public_id, _ = native(tenant, held)
    done(alice.update("n", description="new"))
    assert kept(public_id) == held


def test_the_scope_that_stands_for_nothing_allows_nothing(alice: Mixpeek) -> None:
    made = alice.made("ci", scopes=[wire.NO_RESOURCE])
    assert kept(made["key_id"]) == []
    asked = Resource("organization", "x", "read_data")
    resource = {"type": asked.type, "id": asked.id, "operation": asked.operation}
    verdict = Caller(alice.secret).verify(made["key"], resource=resource)
    assert verdict["code"] == "insufficient_scope"


def test_the_origin_that_stands_for_none_is_kept_as_none(alice: Mixpeek) -> None:
    made = alice.made("ci", allowed_origins=[wire.NO_ORIGIN])
    assert made["allowed_origins"] == [wire.NO_ORIGIN]
    key = ApiKey.objects.select_related("policy").get(public_id=made["key_id"])
    assert key.policy.allowed_origins == []
