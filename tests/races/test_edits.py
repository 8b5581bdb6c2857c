"""Several writers on different fields of one key, while it is in use."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from apikeys.domain.events import Action
from apikeys.domain.verdict import Verdict
from apikeys.models import AuditEvent
from apikeys.models.shown import shown
from apikeys.operations import Actor, Presentation, issue_key, revise_key, verify
from apikeys.operations.reaching import reread, utc_now
from apikeys.operations.revise import Revised
from tests.races.crew import TRIALS, crew_of, of_type

# From every table that a key's attributes live in, and two from each of those with most.
EDITS: list[dict[str, Any]] = [
    {"description": "edited"},
    {"metadata": {"edited": True}},
    {"tags": ["edited"]},
    {"allowed_environments": ["production"]},
    {"enforce_https": True},
    {"requests_per_minute": 60},
    {"webhook_url": "https://hooks.example.com/edited"},
    {"alert_emails": ["alerts@example.com"]},
]
READERS = 4


@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_different_fields_lose_no_edit() -> None:
    actor = Actor.system()
    with crew_of(len(EDITS) + READERS) as crew:
        for _ in range(TRIALS):
            issued = issue_key(actor, name="edited")
            assert issued.secret is not None
            key_id = issued.key.public_id
            edits = [partial(revise_key, actor, key_id, edit) for edit in EDITS]
            reads = [partial(verify, Presentation(issued.secret))] * READERS
            works: list[Any] = [*edits, *reads]
            results = crew.do(works)
            assert len(of_type(Revised, results)) == len(EDITS)
            assert len(of_type(Verdict, results)) == READERS
            after = reread(issued.key)
            assert after.version == 1 + len(EDITS)
            answer = shown(after, utc_now())
            assert [{name: answer[name] for name in edit} for edit in EDITS] == EDITS
            events = AuditEvent.objects.filter(object_id=key_id, action=Action.KEY_REVISED)
            assert events.count() == len(EDITS)
