"""The search finds what it should: each place is looked into, and each form is recognised."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse

from apikeys.api import problems
from apikeys.domain import minting
from apikeys.domain.presentation import Presentation
from apikeys.models import AuditEvent, KeySecret, Tenant
from apikeys.operations import Actor, issue_key, verify
from apikeys.operations.reaching import utc_now
from tests.canary.canaries import WINDOW, Aviary, Canary
from tests.canary.driving import Driver
from tests.canary.limiters import installed
from tests.canary.sinks import Sinks, collect_storage, listening, report

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = minting.mint("ks", "live").reveal()
AVIARY = Aviary([Canary.of("planted", SECRET)])


def into_a_log_line() -> None:
    logging.getLogger("apikeys.anything").debug("issued %s", SECRET)


def into_a_logger_that_keeps_to_itself() -> None:
    logger = logging.getLogger("canary.quiet")
    logger.warning("issued", extra={"detail": {"key": [SECRET]}})


def into_a_traceback_in_the_log() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("apikeys.anything").exception("it broke")


def into_a_column_of_text() -> None:
    Tenant.objects.update(search_name=SECRET)


def into_a_column_of_bytes() -> None:
    KeySecret.objects.update(digest=SECRET[8:40].encode())


def into_the_audit_trail() -> None:
    AuditEvent.objects.update(changes={"secret": [None, SECRET]})


def into_the_admin_log() -> None:
    user = get_user_model()._default_manager.create_user("boss")
    LogEntry.objects.create(user=user, action_flag=CHANGE, object_repr=SECRET)


def into_the_session() -> None:
    session = SessionStore()
    session["_messages"] = f"The secret is {SECRET}"
    session.save()


def into_the_cache() -> None:
    cache.set("key", {"secret": SECRET}, timedelta(minutes=1).total_seconds())


def into_a_mail() -> None:
    mail.send_mail("Your key", SECRET, None, ["alice@example.com"])


STORED: dict[str, Callable[[], None]] = {
    "logs": into_a_log_line,
    "logs, by a field": into_a_logger_that_keeps_to_itself,
    "logs, by a traceback": into_a_traceback_in_the_log,
    "database apikeys_tenant.search_name": into_a_column_of_text,
    "database apikeys_keysecret.digest": into_a_column_of_bytes,
    "database apikeys_auditevent.changes": into_the_audit_trail,
    "audit trail": into_the_audit_trail,
    "dumpdata": into_a_column_of_text,
    "admin log": into_the_admin_log,
    "sessions": into_the_session,
    "cache": into_the_cache,
    "outbox": into_a_mail,
}


def places(sinks: Sinks) -> set[str]:
    return {hit.where for name, content in sinks for hit in AVIARY.hits(name, content)}


@pytest.mark.parametrize("place", STORED)
def test_what_is_planted_is_found(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issue_key(Actor.system(), name="x")
    quiet = logging.getLogger("canary.quiet")
    monkeypatch.setattr(quiet, "propagate", False)
    sinks = Sinks()
    with listening(sinks, monkeypatch):
        STORED[place]()
    collect_storage(sinks)
    assert place.partition(",")[0] in places(sinks)


def test_what_is_planted_in_any_table_is_in_the_files_of_the_database(database_kind: str) -> None:
    issue_key(Actor.system(), name="x")
    into_a_column_of_text()
    sinks = Sinks()
    collect_storage(sinks)
    assert ("database files" in places(sinks)) is (database_kind == "sqlite")


@pytest.mark.parametrize(
    ("kind", "place"), [("memory", "journal"), ("redis", "Redis")], ids=["journal", "Redis"]
)
def test_what_is_planted_in_a_limiter_is_found(
    kind: str, place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    key = issue_key(Actor.system(), name="x", max_uses=3)
    assert key.secret is not None
    with installed(kind, request, tmp_path) as collect:
        verify(Presentation(secret=key.secret, endpoint=SECRET))
        sinks = Sinks()
        collect(sinks)
    assert places(sinks) == {place}


def answering(**parts: str) -> Callable[[], HttpResponse]:
    def answer() -> HttpResponse:
        response = HttpResponse(parts.get("body", ""), status=int(parts.get("status", "200")))
        response.headers["X-Anything"] = parts.get("field", "")
        response.set_cookie("anything", parts.get("cookie", ""))
        return response

    return answer


ANSWERED = {
    "answers": answering(body=f"<p>{SECRET}</p>"),
    "error pages": answering(body=f"<p>{SECRET}</p>", status="500"),
    "header fields": answering(field=SECRET),
    "cookies": answering(cookie=SECRET),
}


@pytest.mark.parametrize("place", ANSWERED)
def test_what_is_planted_in_an_answer_is_found(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sinks = Sinks()
    monkeypatch.setattr("keyservice.health.JsonResponse", lambda *_: ANSWERED[place]())
    Driver(sinks, "").page("GET", "/livez")
    assert places(sinks) == {place}


@pytest.mark.parametrize("form", ["a local variable", "a message", "a cause"])
def test_what_is_planted_in_an_exception_is_found(form: str) -> None:
    sinks = Sinks()
    scope: dict[str, object] = {"SECRET": SECRET}
    source = {
        "a local variable": "def break_down():\n    plaintext = SECRET\n    raise ArithmeticError",
        "a message": "def break_down():\n    raise ArithmeticError(SECRET)",
        "a cause": "def break_down():\n    raise ArithmeticError from KeyError(SECRET)",
    }
    exec(source[form], scope)  # noqa: S102  (frames of this folder are not looked into)
    with pytest.raises(ArithmeticError) as caught:
        scope["break_down"]()  # type: ignore[operator]
    report(sinks, caught.value)
    assert places(sinks) == {"error reports"}


def test_problems_that_drf_answers_by_itself_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    sinks = Sinks()
    with listening(sinks, monkeypatch):
        problems.problem_of(ValueError(SECRET), request=object())  # type: ignore[arg-type]
    assert "error reports" in places(sinks)


RANDOM = SECRET[8:]
PASSWORD = Canary.of("planted", 'pass "word" & ümlaut\\ 100%/')
FORMS: dict[str, str] = {
    "whole": SECRET,
    "a part": RANDOM[10:22],
    "hex": RANDOM.encode().hex(),
    "upper hex": RANDOM.encode().hex().upper(),
    "upper case": RANDOM.upper(),
    "lower case": RANDOM.lower(),
    **{
        f"base64 at {offset}": base64.b64encode(b"x" * offset + SECRET.encode() + b"yz").decode()
        for offset in range(3)
    },
    **{
        f"{name} in {form}": text(hashlib.new(name, SECRET.encode()).digest())
        for name in ("sha256", "sha512", "md5")
        for form, text in (
            ("hex", bytes.hex),
            ("base64", lambda digest: base64.b64encode(digest).decode()),
            ("base64url", lambda digest: base64.urlsafe_b64encode(digest).decode()),
        )
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_recognised(form: str) -> None:
    assert list(AVIARY.hits("here", f"before{FORMS[form]}after".encode()))


@pytest.mark.parametrize("before", range(2 * WINDOW))
def test_a_part_of_a_secret_is_recognised_wherever_it_stands(before: int) -> None:
    place = b"-" * before + RANDOM[10 : 10 + WINDOW].encode()
    assert list(AVIARY.hits("here", place))
    assert not list(AVIARY.hits("here", place[:-1]))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PASSWORD.value.decode()),
        json.dumps(PASSWORD.value.decode(), ensure_ascii=False),
        quote(PASSWORD.value.decode()),
        quote(PASSWORD.value.decode(), safe=""),
        repr(PASSWORD.value),
        repr(PASSWORD.value.decode()),
    ],
)
def test_a_secret_with_special_characters_is_recognised_as_it_is_escaped(text: str) -> None:
    assert list(Aviary([PASSWORD]).hits("here", text.encode()))


def test_what_is_shown_of_a_secret_on_purpose_is_no_hit() -> None:
    shown = f"{SECRET[:10]}…{SECRET[-4:]} {utc_now().isoformat()}"
    assert not list(AVIARY.hits("here", shown.encode()))


def test_bytes_in_pythons_repr_are_a_hit_when_they_are_many_and_none_when_they_met_by_chance() -> (
    None
):
    key = bytes(range(0xC0, 0xE0))
    aviary = Aviary([Canary("key", key)])
    assert list(aviary.hits("here", f"['{key!r}']".encode()))
    assert not list(aviary.hits("here", f"[{key[:3]!r}, {secrets.token_bytes(32)!r}]".encode()))
