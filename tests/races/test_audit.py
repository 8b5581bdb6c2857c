"""Many mutations at once, in one tenant's audit chain."""

from __future__ import annotations

from functools import partial

import pytest

from apikeys.domain.events import Action
from apikeys.models import AuditEvent, Tenant
from apikeys.operations import Actor, issue_key
from apikeys.operations.audit import record, verify_chain
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from tests.races.crew import TRIALS, crew_of, of_type

APPENDS = 20


@pytest.mark.django_db(transaction=True)
def test_twenty_appends_at_once_make_one_chain() -> None:
    actor = Actor.system()
    key = issue_key(actor, name="busy").key
    tenant = Tenant.objects.default()
    append = mutation(partial(record, actor, Action.SECRET_SOUGHT, key))
    before = AuditEvent.objects.count()
    with crew_of(APPENDS) as crew:
        for trial in range(1, TRIALS + 1):
            results = crew.all_do(lambda: append(now=utc_now()))
            assert not of_type(Exception, results)
            assert list(verify_chain(tenant)) == []
            assert AuditEvent.objects.count() == before + trial * APPENDS
