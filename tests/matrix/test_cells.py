"""Every principal on every route: the answer, and that a refusal leaves no trace."""

from __future__ import annotations

import pytest
from django.db import transaction

from apikeys.models import Tenant
from tests.calling import Answer
from tests.factories import TenantFactory
from tests.matrix import state
from tests.matrix.people import PEOPLE, Person, Visitor, issue_for, unprotected
from tests.matrix.routes import METHODS
from tests.matrix.rows import Cell, Row, rows
from tests.matrix.things import THINGS, Nobodys

ROWS = list(rows())
CELLS = [cell for row in ROWS for cell in row.cells()]


@pytest.fixture
def tenant(db: None) -> Tenant:
    """The one whose objects are asked for."""
    made: Tenant = TenantFactory.create(name="Alice")
    return made


def visitor_of(cell: Cell, tenant: Tenant) -> Visitor:
    return PEOPLE[cell.row.people][cell.principal](tenant, cell.row.needs, cell.lacks)


def thing_of(row: Row, tenant: Tenant, visitor: Visitor) -> object:
    return THINGS[row.on](tenant, getattr(visitor, "user", None))


def is_as_expected(answer: Answer, cell: Cell) -> bool:
    match cell.expected:
        case "ok":
            return answer.status == cell.row.ok
        case "login":
            return answer.status == 302 and answer.headers["Location"].startswith("/admin/login/")
        case status:
            return answer.status == status


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_is_answered_as_its_row_says(
    row: Row, tenant: Tenant, subtests: pytest.Subtests
) -> None:
    for cell in row.cells():
        with subtests.test(str(cell)), transaction.atomic():
            visitor = visitor_of(cell, tenant)
            thing = thing_of(row, tenant, visitor)
            may_change = cell.expected == "ok" and row.may_write
            before = None if may_change else state.everything()
            answer = visitor.ask(row.method, row.address(thing), row.body(thing))
            assert is_as_expected(answer, cell), (answer.status, answer.content[:500])
            assert may_change or state.everything() == before
            transaction.set_rollback(True)  # what a cell changed is no concern of the next


@pytest.mark.parametrize("row", [row for row in ROWS if row.on and row.method != "GET"], ids=str)
def test_what_is_done_to_one_object_is_done_to_no_other(row: Row, tenant: Tenant) -> None:
    *_, strongest = PEOPLE[row.people]
    visitor = PEOPLE[row.people][strongest](tenant, row.needs, "")
    thing, bystander = thing_of(row, tenant, visitor), issue_for(tenant)
    before = state.of_key(bystander)
    assert visitor.ask(row.method, row.address(thing), row.body(thing)).status < 400
    assert state.of_key(bystander) == before


@pytest.mark.parametrize(
    "cell",
    [cell for cell in CELLS if cell.principal == "of another tenant"],
    ids=lambda cell: str(cell.row),
)
def test_another_tenant_neither_sees_nor_changes_anything(cell: Cell, tenant: Tenant) -> None:
    visitor = visitor_of(cell, tenant)
    thing, bystander = thing_of(cell.row, tenant, visitor), issue_for(tenant)
    before = state.of_tenant(tenant)
    answer = visitor.ask(cell.row.method, cell.row.address(thing), cell.row.body(thing))
    told = answer.content.decode()
    for foreign in (tenant.public_id, bystander, "asked for"):
        assert foreign not in told
    assert state.of_tenant(tenant) == before


@pytest.mark.parametrize(
    "cell", [cell for cell in CELLS if cell.expected == 404 and cell.row.on], ids=str
)
def test_a_foreign_object_is_byte_for_byte_a_missing_one(cell: Cell, tenant: Tenant) -> None:
    visitor = visitor_of(cell, tenant)
    thing = thing_of(cell.row, tenant, visitor)
    kind = getattr(thing, "public_id", "x_").partition("_")[0]
    foreign, missing = (
        visitor.ask(cell.row.method, cell.row.address(it), cell.row.body(it))
        for it in (thing, Nobodys(f"{kind}_{'0' * 32}"))
    )
    assert foreign == missing


# Django's sign-in page sends who is signed in on to the index, but only for a GET.
@pytest.mark.parametrize(
    "row",
    [it for it in ROWS if it.method == "GET" and it.path != "admin/login/" and not it.traced],
    ids=str,
)
def test_head_is_answered_like_get(row: Row, tenant: Tenant) -> None:
    weakest, *_, strongest = PEOPLE[row.people]
    for principal in (weakest, strongest):
        visitor = PEOPLE[row.people][principal](tenant, row.needs, "")
        address = row.address(thing_of(row, tenant, visitor))
        seen, told = (visitor.ask(method, address, None) for method in ("GET", "HEAD"))
        assert (told.status, told.content) == (seen.status, b""), principal


@pytest.mark.parametrize(
    "row", {row.path: row for row in ROWS}.values(), ids=lambda row: f"/{row.path}"
)
def test_a_method_without_a_row_changes_nothing(row: Row, tenant: Tenant) -> None:
    powerful = {"callers": ("root", "everything"), "staff": ("superuser",)}[row.people]
    with_row = {other.method for other in ROWS if other.path == row.path}
    for principal in powerful:
        visitor = PEOPLE[row.people][principal](tenant, row.needs, "")
        address = row.address(thing_of(row, tenant, visitor))
        before = state.everything()
        for method in ({*METHODS, "OPTIONS"}) - with_row:
            answer = visitor.ask(method, address, None)
            assert answer.status < 500
            assert row.people == "staff" or answer.status == 405 or method == "OPTIONS"
        assert state.everything() == before


@pytest.mark.parametrize(
    "row", [row for row in ROWS if (row.people, row.method) == ("staff", "POST")], ids=str
)
def test_no_other_site_posts_in_a_browser_of_staff(row: Row, tenant: Tenant) -> None:
    boss = PEOPLE[row.people]["superuser"](tenant, row.needs, "")
    assert isinstance(boss, Person)
    assert boss.user is not None
    elsewhere, address = unprotected(boss.user), row.address(thing_of(row, tenant, boss))
    before = state.everything()
    assert elsewhere.ask(row.method, address, row.send).status == 403
    assert state.everything() == before
