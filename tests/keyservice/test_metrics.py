"""`/metrics`: what is counted, over all processes, and who is told."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from apikeys import metrics
from apikeys.models import Tenant
from apikeys.operations.root import ensure_root_key
from tests.factories import TenantFactory, minted
from tests.service import REPOSITORY, Service

pytestmark = pytest.mark.django_db


def ask(secret: str = "", peer: str = "192.0.2.1", **fields: str) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Client().get("/metrics", headers={**headers, **named}, REMOTE_ADDR=peer)


def manager(*scopes: str, **more: object) -> str:
    tenant: Tenant = TenantFactory.create()
    attributes = {"key_type": "management", "scopes": list(scopes), **more}
    return minted(tenant=tenant.public_id, **attributes)[1]


class TestWhoIsTold:
    """A process on this machine, or who may see the usage of every tenant."""

    @pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "127.8.8.8"])
    def test_a_process_on_this_machine(self, peer: str) -> None:
        answer = ask(peer=peer)
        assert (answer.status_code, answer["Content-Type"]) == (200, metrics.CONTENT_TYPE)
        assert answer["Cache-Control"].startswith("max-age=0")

    @pytest.mark.parametrize(
        "field",
        [
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "Forwarded",
            "X-Real-IP",
            "Via",
        ],
    )
    def test_nobody_behind_a_process_on_this_machine(self, field: str) -> None:
        assert ask(peer="127.0.0.1", **{field: "127.0.0.1"}).status_code == 401

    @pytest.mark.parametrize("peer", ["192.0.2.1", "", "x", "::ffff:192.0.2.1"])
    def test_nobody_else_without_a_credential(self, peer: str) -> None:
        answer = ask(peer=peer)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")

    def test_the_root_key_from_anywhere(self) -> None:
        root = ensure_root_key()
        assert root is not None
        assert ask(root.reveal()).status_code == 200

    def test_no_credential_of_one_tenant(self) -> None:
        assert ask(manager("*")).status_code == 403
        assert ask(manager("usage:read")).status_code == 403
        assert ask(manager("api_keys:read")).status_code == 403
        assert ask("nobody's").status_code == 401

    def test_it_is_only_read(self) -> None:
        assert Client().post("/metrics").status_code == 405


class TestWhatIsTold:
    """The figures."""

    def told(self) -> dict[str, float]:
        text = (metrics.exposition() or b"").decode()
        pairs = re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in pairs}

    def test_a_verify_is_counted_by_outcome_and_timed_by_server(self) -> None:
        before = self.told()
        metrics.verified("valid", 0.002, "lane")
        metrics.verified("revoked", 0.2, "lane")
        after = self.told()
        for name, grown in {
            'keyservice_verdicts_total{outcome="valid"}': 1,
            'keyservice_verdicts_total{outcome="revoked"}': 1,
            'keyservice_verify_seconds_count{server="lane"}': 2,
            'keyservice_verify_seconds_bucket{le="0.0025",server="lane"}': 1,
        }.items():
            assert after[name] - before.get(name, 0) == grown, name

    def test_observations_that_waited_are_as_if_each_had_been_told_at_once(self) -> None:
        durations = [0.0, 0.001, 0.0010001, 0.3, 2.5, 7.0]
        texts = []
        for waited in (True, False):
            registry = CollectorRegistry()
            histogram = Histogram("h", "h", buckets=(0.001, 0.5, 2.5), registry=registry)
            if waited:
                metrics._observe(histogram, durations)
            else:
                for seconds in durations:
                    histogram.observe(seconds)
            text = generate_latest(registry).decode()
            texts.append([line for line in text.splitlines() if "created" not in line])
        assert texts[0] == texts[1]

    def test_everything_else_is_counted_too(self) -> None:
        metrics.cache_hit()
        metrics.cache_miss()
        metrics.revocation_effective(0.01)
        metrics.flushed(7)
        metrics.engine(lag_seconds=1.5, backlog=3, closing_units=5, limiter_answers=True)
        metrics.leased(100)
        metrics.units_returned(40)
        metrics.units_lost(2)
        metrics.circuit(is_open=True)
        told = self.told()
        assert told["keyservice_flush_lag_seconds"] == 1.5
        assert told["keyservice_stream_backlog"] == 3
        assert told["keyservice_limiter_circuit_open"] == 1
        assert {
            'keyservice_record_cache_total{result="hit"}',
            'keyservice_record_cache_total{result="miss"}',
            "keyservice_revocation_seconds_count",
            "keyservice_usage_events_flushed_total",
            "keyservice_ledger_leases_total",
            'keyservice_ledger_units_total{fate="leased"}',
            'keyservice_ledger_units_total{fate="returned"}',
            'keyservice_ledger_units_total{fate="lost"}',
        } <= told.keys()
        metrics.circuit(is_open=False)

    def test_every_metric_is_in_the_documentation(self) -> None:
        page = (REPOSITORY / "docs/operating.md").read_text()
        text = (metrics.exposition() or b"").decode()
        names = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
        assert {name for name in names if not name.endswith("_created")} <= set(
            re.findall(r"`(keyservice_\w+)`", page)
        )


def page(service: Service) -> str:
    return service.call("GET", "/metrics", key="").text


def test_the_service_counts_over_all_its_processes(
    start_service: Callable[..., Service], valkey_url: str
) -> None:
    service = start_service(REDIS_URL=valkey_url, KEYSERVICE_WORKERS="2")
    issued = service.call("POST", "/api/v1/api_keys", json={"name": "a"}).json()
    for _ in range(20):
        service._session.close()  # a new connection meets either process
        asked = service.call("POST", "/api/v1/api_keys/verify", json={"secret": issued["secret"]})
        assert asked.json()["valid"]
        assert "Content-Security-Policy" in asked.headers
    deadline = time.monotonic() + 10  # the other process tells of its part each second
    while 'keyservice_verdicts_total{outcome="valid"} 20.0' not in (text := page(service)):
        assert time.monotonic() < deadline, text
        time.sleep(0.1)
    assert 'keyservice_verify_seconds_count{server="lane"} 20.0' in text
    assert len(os.listdir(service.data / "metrics")) == 1
    service.stop()  # who comes next may get the same Redis, which serves one deployment alone
