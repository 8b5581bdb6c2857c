"""Usage that is older than anybody may ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from apikeys.models import RefusedAttempt, ReportedEvent, UsageBucket
from apikeys.operations import retention
from apikeys.operations.reporting import report_usage
from apikeys.operations.retention import purge_usage
from tests.apikeys.metered import NOON, endpoints, event, recorded, totals
from tests.apikeys.personas import ROOT
from tests.apikeys.reported import told
from tests.factories import KeyFactory

pytestmark = pytest.mark.django_db

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


def rows() -> tuple[int, int, int]:
    return (
        UsageBucket.objects.count(),
        RefusedAttempt.objects.count(),
        ReportedEvent.objects.count(),
    )


def test_hourly_counts_go_after_their_days_and_totals_stay() -> None:
    key = KeyFactory.create()
    recorded([event(key, endpoint="/a"), event(key, "expired", source="203.0.113.7")])
    recorded([event(key, at=NOON + DAY)])
    assert purge_usage(NOON + 400 * DAY) == 0
    assert purge_usage(NOON + 400 * DAY + MOMENT) == 3
    assert rows() == (1, 0, 0)
    assert totals(key).total_requests == 2
    assert endpoints(key) == {"/a": 1, "": 1}


def test_the_days_are_a_setting() -> None:
    recorded([event(KeyFactory.create())])
    with override_settings(APIKEYS={**django_settings.APIKEYS, "USAGE_RETENTION_DAYS": 2}):
        assert purge_usage(NOON + 2 * DAY) == 0
        assert purge_usage(NOON + 2 * DAY + MOMENT) == 1


def test_ids_of_reports_are_kept_for_a_day_longer_than_they_count() -> None:
    key = KeyFactory.create()
    report_usage(ROOT, [told(key.public_id, at=NOON)], now=NOON)
    assert purge_usage(NOON + 8 * DAY) == 0
    assert purge_usage(NOON + 8 * DAY + timedelta(minutes=1) + MOMENT) == 1
    assert rows() == (1, 0, 0)


def test_much_goes_in_batches_and_what_is_too_much_in_the_next_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "_ROWS_A_BATCH", 2)
    monkeypatch.setattr(retention, "_BATCHES_MAX", 2)
    recorded([event(KeyFactory.create(), endpoint=f"/{number}") for number in range(7)])
    late: datetime = NOON + 500 * DAY
    assert [purge_usage(late), purge_usage(late), purge_usage(late)] == [4, 3, 0]
