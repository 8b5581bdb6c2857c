"""How passwords of staff are kept."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password

from keyservice import settings as deployed


def test_passwords_are_kept_as_argon2id(settings: Any) -> None:
    settings.PASSWORD_HASHERS = deployed.PASSWORD_HASHERS  # the tests' own is a quicker one

    assert make_password("a password").startswith("argon2$argon2id$")
