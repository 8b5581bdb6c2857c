"""Many clicks on one reveal page."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User

from apikeys.domain.errors import RevealGone
from apikeys.domain.events import Action
from apikeys.models import AuditEvent
from apikeys.operations import Actor, Presentation, verify
from apikeys.operations.reveal import issue_for_page, open_once
from tests.races.crew import TRIALS, crew_of, of_type

CLICKS = 50


@pytest.mark.django_db(transaction=True)
def test_of_fifty_clicks_at_once_exactly_one_sees_the_secret() -> None:
    staff = User.objects.create(username="staff")
    actor = Actor.system()
    with crew_of(CLICKS) as crew:
        for _ in range(TRIALS):
            page = issue_for_page(actor, staff.pk, name="for one pair of eyes")
            assert page.ticket is not None
            results = crew.all_do(partial(open_once, actor, page.ticket, staff.pk))
            [(key, secrets)] = of_type(tuple, results)
            assert len(of_type(RevealGone, results)) == CLICKS - 1
            assert key.pk == page.key.pk
            assert verify(Presentation(secrets["secret"])).valid
            events = AuditEvent.objects.filter(object_id=key.public_id)
            assert events.filter(action=Action.SECRET_REVEALED).count() == 1
            assert events.filter(action=Action.REVEAL_REFUSED).count() == CLICKS - 1
