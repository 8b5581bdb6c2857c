"""Every route of every surface, as the URLconf has them, is asked what it must refuse.

It is refused in the words of the surface, and leaves nothing behind; what happens to be in order
may succeed. Nothing breaks down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from apikeys.api.documents import document_of
from apikeys.api.mounts import Mount, mount_at, mounts
from apikeys.models import Tenant
from apikeys.operations.root import ensure_root_key
from tests.factories import TenantFactory
from tests.hostile.battery import WITH_BODY, Hostile, Order, battery
from tests.hostile.test_table import everything_stored
from tests.matrix.routes import served
from tests.matrix.rows import Row, rows
from tests.matrix.things import THINGS
from tests.mounted import surfaces

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_browser = Client(raise_request_exception=False)

#: By their mount, whoever knows how its refusals look.
TELLERS = {it.mount: it for it in surfaces()}
ROWS = [row for row in rows() if mount_at(f"/{row.path}")]


def test_every_route_below_a_mount_is_asked() -> None:
    below = {(route, method) for route, method in served() if mount_at(f"/{route}")}
    assert {(row.path, row.method) for row in ROWS} == below
    assert {mount_at(f"/{row.path}") for row in ROWS} == set(mounts())


@pytest.fixture
def root(db: None) -> str:
    secret = ensure_root_key()
    assert secret is not None
    return secret.reveal()


# What takes no JSON, and key sets, which are empty for what is not there, have tests of their own.
# The proxies' question is the same by every method, and no body is looked at.
JUDGED = [
    row
    for row in ROWS
    if row.ok < 400
    and not row.path.endswith("/jwks")
    and not (row.path.endswith("/forward_auth") and row.method in WITH_BODY)
]


@pytest.mark.parametrize("row", JUDGED, ids=str)
def test_a_hostile_request_is_refused_and_nothing_is_written(row: Row, root: str) -> None:
    order = order_of(row)
    assert is_taken(order, root, row.ok)
    assert faults(battery(order), root) == []


@pytest.mark.parametrize("mount", list(mounts()), ids=lambda mount: mount.name)
def test_an_address_that_is_not_there_is_told_in_the_same_words(mount: Mount, root: str) -> None:
    tails = ("", "nowhere", "%00", "%FF", "../admin/", "a//b", "n" * 4000, "%0D%0Aa:%20b")
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FROBNICATE")
    nowhere = [
        Hostile(f"{method} {tail}", frozenset({404}), method, f"/{mount.prefix}{tail}")
        for tail, method in product(tails, methods)
    ]
    assert faults(nowhere, root) == []


def order_of(row: Row) -> Order:
    """The request of the row, with everything that may be in it."""
    tenant: Tenant = TenantFactory.create(name="Alice")
    thing = THINGS[row.on](tenant, None)
    address = row.address(thing)
    return Order(
        row.method,
        address,
        row.body(thing),
        members=tuple(_members(row)),
        names=_names(address, row.method),
        places=tuple(_places(row, thing)),
        meets=bool(row.on),
        is_open=row.expected["anonymous"] == "ok",
    )


def faults(asked: Iterable[Hostile], root: str) -> list[str]:
    """What is wrong about the answers; nothing, as it should be."""
    before = everything_stored()
    found = [fault for it in asked for fault in _faults_of(it, root)]
    return found + ([] if everything_stored() == before else ["a refused request left something"])


def _faults_of(hostile: Hostile, root: str) -> Iterator[str]:
    """What succeeds is taken back, so that each request finds everything as it was."""
    with transaction.atomic():
        response = answer_to(hostile, root)
        passed = 200 <= response.status_code < 300
        transaction.set_rollback(passed)
    told = f"{hostile.title}: {response.status_code} {response.content[:200]!r}"
    if response.status_code not in hostile.refused and not (passed and hostile.may_pass):
        yield told
    elif not passed:
        yield from (f"{told}: {flaw}" for flaw in _flaws(response, hostile))


def _flaws(response: Any, hostile: Hostile) -> Iterator[str]:
    """What is wrong about the form of a refusal."""
    said = f"{response.headers}\n{response.content.decode()}"
    if hostile.unseen and hostile.unseen in said:
        yield "the secret came back"
    try:
        _assert_told_by_its_surface(response, hostile)
    except AssertionError as error:
        yield str(error)


def _assert_told_by_its_surface(response: Any, hostile: Hostile) -> None:
    mount = mount_at(hostile.address)
    assert mount is not None
    assert "Access-Control-Allow-Origin" not in response.headers
    if dialect := TELLERS.get(mount):
        tell = dialect.part("conforms").assert_refusal
        tell(response.status_code, dict(response.headers), response.content)
    else:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["status"] == response.status_code


def answer_to(hostile: Hostile, root: str) -> Any:
    headers = {"Authorization": f"Bearer {root}", **hostile.headers}
    return _browser.generic(
        hostile.method,
        hostile.address,
        hostile.body,
        hostile.content_type,
        headers={name: value for name, value in headers.items() if value is not None},
        QUERY_STRING=hostile.query,
        **hostile.environ,
    )


def is_taken(order: Order, root: str, status: int) -> bool:
    """Whether the order as such is carried out, so that it is the hostile part which is refused."""
    asked = Hostile("in order", frozenset(), order.method, order.address, body=order.sent)
    with transaction.atomic():
        answered = answer_to(asked, root).status_code
        transaction.set_rollback(True)
    return bool(answered == status)


def _names(address: str, method: str) -> frozenset[str]:
    """The parameters of the query that the view takes."""
    view_function: Any = resolve(address.split("?")[0]).func
    actions = getattr(view_function, "actions", None)
    if not actions:
        return frozenset()
    view = view_function.cls(**view_function.initkwargs)
    view.action = actions[method.lower()]
    return frozenset(view.known_query_names())


def _places(row: Row, thing: object) -> Iterator[str]:
    """The address with one of its parameters left open."""
    template = row.at if "{" in row.at else _PARAMETER.sub(r"{\1}", f"/{row.path}")
    names = re.findall(r"{(\w+)}", template)
    for opened in names:
        whole = Row(**{**_fields(row), "at": template.replace(f"{{{opened}}}", "{{}}")})
        yield whole.address(thing)


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _members(row: Row) -> Iterator[tuple[str, ...]]:
    """Every member that the document says of the body, and those inside of objects."""
    mount = mount_at(f"/{row.path}")
    assert mount is not None
    document = document_of(mount)
    path = _PARAMETER.sub(r"{\1}", f"/{row.path}")
    told = document["paths"].get(path, {}).get(row.method.lower(), {})
    if row.method in WITH_BODY and "requestBody" in told:
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        yield from _properties(schema, document)


def _properties(
    schema: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[tuple[str, ...]]:
    whole = _resolved(schema, document)
    for name, told in whole.get("properties", {}).items():
        yield (name,)
        for inside in _resolved(told, document).get("properties", {}):
            yield (name, inside)


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    named: Mapping[str, Any] = document["components"]["schemas"].get(reference, schema)
    return named
