"""Every face that a key has: the native API, the admin, and each dialect that is mounted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any, Protocol

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from apikeys.domain.minting import SCANNER_PATTERN
from apikeys.models import ApiKey
from apikeys.operations.reaching import utc_now
from tests.apikeys.admin.reading_forms import untouched
from tests.calling import Caller
from tests.mounted import dialects

OVER = ("revoked", "expired", "deleted")


class Face(Protocol):
    """What can be done with a key through a face, as the holder of a management key."""

    def make(self, name: str) -> tuple[str, str]:
        """The native id of a new key, and its secret."""

    def read(self, public_id: str) -> str:
        """The name, as it is shown here."""

    def rename_or_describe(self, public_id: str, text: str) -> str:
        """Change name or description to this text; the native name of what was changed."""

    def revoke(self, public_id: str) -> None:
        """End the key in the way of this face."""

    def lists(self, public_id: str) -> bool:
        """Whether the key is in the list of what is in force."""

    def verify(self, secret: str) -> bool | None:
        """Whether the secret is good; None where keys cannot be verified."""


class Native:
    """The native API."""

    def __init__(self, secret: str) -> None:
        self._caller = Caller(secret)

    def make(self, name: str) -> tuple[str, str]:
        issued = self._caller.issue(name)
        return issued["id"], issued["secret"]

    def read(self, public_id: str) -> str:
        return str(self.whole(public_id)["name"])

    def whole(self, public_id: str) -> dict[str, Any]:
        """All of its attributes."""
        answer = self._caller.get(f"/api_keys/{public_id}")
        assert answer.status == 200, answer.content
        return dict(answer.body)

    def rename_or_describe(self, public_id: str, text: str) -> str:
        answer = self._caller.patch(f"/api_keys/{public_id}", {"name": text})
        assert answer.status == 200, answer.content
        return "name"

    def revoke(self, public_id: str) -> None:
        answer = self._caller.post(f"/api_keys/{public_id}/revoke", {"reason": "a test"})
        assert answer.status == 200, answer.content

    def lists(self, public_id: str) -> bool:
        page = self._caller.get("/api_keys", {"limit": 100}).body["results"]
        return public_id in {key["id"] for key in page if key["status"] not in OVER}

    def verify(self, secret: str) -> bool:
        return bool(self._caller.verify(secret)["valid"])


class Admin:
    """The admin, worked by a superuser for the tenant of the management key."""

    def __init__(self, secret: str) -> None:
        self._tenant = Caller(secret).verify(secret)["key"]["tenant"]
        user, _ = User.objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
        self._browser = Client()
        self._browser.force_login(user)

    def make(self, name: str) -> tuple[str, str]:
        sent = self._submit(_page("add"), name=name, tenant=self._tenant)
        shown = self._browser.post(sent.headers["Location"]).content.decode()
        found = re.search(SCANNER_PATTERN, shown)
        assert found is not None
        return ApiKey.objects.latest("pk").public_id, found.group()

    def read(self, public_id: str) -> str:
        answer: Any = self._browser.get(_page("change", _pk(public_id)))
        assert answer.status_code == 200
        titles = re.findall(r"<h1>(.*?)</h1>", answer.content.decode())
        return unescape(titles[-1])

    def rename_or_describe(self, public_id: str, text: str) -> str:
        self._submit(_page("edit", _pk(public_id)), description=text)
        return "description"

    def revoke(self, public_id: str) -> None:
        sent = self._browser.post(_page("revoke", _pk(public_id)), {"reason": "a test"})
        assert sent.status_code == 302

    def lists(self, public_id: str) -> bool:
        answer: Any = self._browser.get(_page("changelist"), {"q": public_id})
        rows = answer.context["cl"].result_list
        return public_id in {it.public_id for it in rows if it.status(utc_now()) not in OVER}

    def verify(self, secret: str) -> None:
        return None

    def _submit(self, address: str, **typed: str) -> Any:
        """Send the form of this page with only these fields touched."""
        form = untouched(self._browser.get(address).content.decode())
        sent: Any = self._browser.post(address, {**form, **typed})
        assert sent.status_code == 302, sent.context["form"].errors
        return sent


def faces() -> Mapping[str, Callable[[str], Face]]:
    """By name, what makes a face for the holder of a management secret."""
    native: dict[str, Callable[[str], Face]] = {"native": Native, "admin": Admin}
    return native | {str(it): it.part("face").Face for it in dialects()}


def _page(name: str, *arguments: object) -> str:
    return reverse(f"admin:apikeys_apikey_{name}", args=arguments)


def _pk(public_id: str) -> int:
    return ApiKey.objects.get(public_id=public_id).pk
