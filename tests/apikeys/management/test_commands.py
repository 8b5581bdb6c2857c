"""The commands as an operator meets them: streams, exit codes, one line on failure."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from apikeys.api.mounts import mounts
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.secret import Secret
from apikeys.limiters.base import LimiterDown
from apikeys.management.commands import apikeys_openapi
from apikeys.management.commands.apikeys_create import span_seconds
from apikeys.models import ApiKey, AuditEvent, Tenant
from apikeys.operations import Actor, Presentation, create_tenant, issue_key, verify
from apikeys.operations.reaching import utc_now
from apikeys.operations.remove import delete_key
from apikeys.operations.root import ensure_root_key
from tests.mounted import NATIVE

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    """Standard output and standard error of a command."""
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_new_root_key_works_and_the_old_one_does_not() -> None:
    old = ensure_root_key()
    assert old is not None
    out, err = run("apikeys_root", "--new")
    new = Secret(out.strip())
    assert verify(Presentation(new)).valid
    assert verify(Presentation(old)).outcome == "revoked"
    assert new.reveal() not in err


def test_without_new_the_root_key_stays_and_the_way_is_told() -> None:
    old = ensure_root_key()
    assert old is not None
    with pytest.raises(CommandError, match="apikeys_root --new"):
        run("apikeys_root")
    assert verify(Presentation(old)).valid


def test_a_created_key_is_as_it_was_asked_for() -> None:
    out, err = run(
        *("apikeys_create", "nightly job", "--type", "management", "--environment", "test"),
        *("--scope", "api_keys:read", "--scope", "audit:read", "--expires-in", "90d"),
    )
    verdict = verify(Presentation(Secret(out.strip())))
    key = ApiKey.objects.get()
    assert verdict.valid
    assert key.public_id in err
    assert (key.name, key.key_type, key.environment) == ("nightly job", "management", "test")
    assert key.scopes == ["api_keys:read", "audit:read"]
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == timedelta(days=90)


def test_a_key_can_be_created_for_another_tenant() -> None:
    tenant = create_tenant(Actor.system(), name="Alice")
    run("apikeys_create", "hers", "--tenant", tenant.public_id)
    assert ApiKey.objects.get().tenant == tenant


def test_json_holds_the_key_and_its_secret_and_nothing_else_is_printed() -> None:
    out, err = run("apikeys_create", "ci", "--json")
    told = json.loads(out)
    assert told["id"] == ApiKey.objects.get().public_id
    assert verify(Presentation(Secret(told["secret"]))).valid
    assert err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["apikeys_create", ""], "/name"),
        (["apikeys_create", "x", "--scope", "api_keys:fly", "--type", "management"], "/scopes/0"),
        (["apikeys_create", "x", "--tenant", "org_none"], "/tenant"),
        (["apikeys_create", "x", "--expires-in", "0"], "/seconds_until_expiration"),
        (["apikeys_create", "x", "--expires-in", "soon"], "90d"),
        (["apikeys_create", "x", "--environment", "moon"], "moon"),
        (["audit_verify", "--tenant", "org_none"], "no such tenant"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_made(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told) as failure:
        run(*words)
    assert "\n" not in str(failure.value)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("text", "seconds"), [("45", 45), ("45s", 45), ("30m", 1800), ("12h", 43_200), ("2d", 172_800)]
)
def test_a_length_of_time_may_name_its_unit(text: str, seconds: int) -> None:
    assert span_seconds(text) == seconds


@pytest.mark.parametrize(
    "error", [KeyServiceError("It is so."), OperationalError("no such table: apikeys_apikey\nmore")]
)
def test_a_failing_operation_ends_in_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("apikeys.management.commands.apikeys_purge.run_once", fail)
    with pytest.raises(CommandError) as failure:
        run("apikeys_purge")
    assert str(error).splitlines()[0] in str(failure.value)
    assert "\n" not in str(failure.value)


def test_purge_tells_what_it_did() -> None:
    long_ago = utc_now() - timedelta(days=31)
    key = issue_key(Actor.system(), name="old", now=long_ago).key
    delete_key(Actor.system(), key.public_id, now=long_ago)
    out, _ = run("apikeys_purge", "--json")
    assert json.loads(out) == {
        "reveals": 0,
        "idempotency": 0,
        "keys": 1,
        "usage": 0,
        "meters": 0,
        "tokens": 0,
    }
    assert not ApiKey.objects.exists()
    assert (
        run("apikeys_purge")[0]
        == "reveals: 0\nidempotency: 0\nkeys: 0\nusage: 0\nmeters: 0\ntokens: 0\n"
    )


def test_a_worker_that_runs_once_does_the_jobs_and_ends() -> None:
    long_ago = utc_now() - timedelta(days=31)
    key = issue_key(Actor.system(), name="old", now=long_ago).key
    delete_key(Actor.system(), key.public_id, now=long_ago)
    run("apikeys_worker", "--once")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("words", [("--once",), ("--job", "events")])
def test_a_worker_that_runs_once_tells_that_redis_is_down(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: object) -> int:
        raise LimiterDown

    monkeypatch.setattr("apikeys.operations.upkeep.flush", down)
    with pytest.raises(CommandError, match="Redis does not answer"):
        run("apikeys_worker", *words)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_worker_end_after_its_round(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_signalled(stop: threading.Event) -> None:
        os.kill(os.getpid(), number)
        assert stop.wait(10)

    monkeypatch.setattr("apikeys.management.commands.apikeys_worker.run_forever", until_signalled)
    before = signal.getsignal(number)
    _, err = run("apikeys_worker")
    assert "until SIGTERM" in err
    assert signal.getsignal(number) is before


def test_rewrap_with_nothing_to_do_says_so() -> None:
    issue_key(Actor.system(), name="x")
    assert run("apikeys_rewrap")[0] == "0 rows moved to the first ring key.\n"


def test_an_untouched_trail_is_found_whole() -> None:
    issue_key(Actor.system(), name="x")
    create_tenant(Actor.system(), name="Alice")
    out, _ = run("audit_verify", "--json")
    assert json.loads(out) == {"tenants": 2, "events": 3, "findings": []}


def test_tampering_is_listed_and_is_a_failure() -> None:
    issue_key(Actor.system(), name="x")
    other = create_tenant(Actor.system(), name="Alice")
    AuditEvent.objects.filter(action="key.issued").update(reason="nothing happened")
    out = io.StringIO()
    with pytest.raises(CommandError, match="tampered"):
        call_command("audit_verify", stdout=out)
    victim = Tenant.objects.default().public_id
    assert out.getvalue().splitlines() == [
        f"{victim} event 2: its content was changed",
        "Tenants: 2, events: 3, findings: 1.",
    ]
    run("audit_verify", "--tenant", other.public_id)  # her own chain still holds


def test_a_failing_command_exits_with_1_and_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "apikeys_root"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("CommandError: No root key can be shown again")


def test_documents_are_written_compared_and_written_anew_as_the_check_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `make check` compares every surface's; of one it is quicker.
    one = [mount for mount in mounts() if mount.package == NATIVE]
    monkeypatch.setattr(apikeys_openapi, "mounts", lambda: one)
    with pytest.raises(CommandError, match=f"anew with: manage.py apikeys_openapi {tmp_path}$"):
        run("apikeys_openapi", str(tmp_path), "--check")
    out, _ = run("apikeys_openapi", str(tmp_path))
    assert str(tmp_path / "openapi.json") in out
    run("apikeys_openapi", str(tmp_path), "--check")
