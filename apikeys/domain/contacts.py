"""Canonical forms of the small texts that name people, pages and foreign hashes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}"
)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_URL_CHARACTERS = re.compile(r"[!-~]+")


def clean_email(text: str) -> str:
    """An address as HTML's email field takes it, with a domain of at least two labels."""
    if not _EMAIL.fullmatch(text):
        raise ValueError("Give an email address like alerts@example.com.")
    return text


def clean_web_url(text: str) -> str:
    """An absolute http or https URL without user information."""
    return _clean_url(text, ("https", "http"))


def clean_webhook_url(text: str) -> str:
    """An absolute https URL without user information or fragment."""
    if "#" in text:
        raise ValueError("Leave the fragment (#…) out of the URL.")
    return _clean_url(text, ("https",))


def clean_sha256(text: str) -> str:
    """SHA-256 as 64 hex digits, in lower case."""
    if not _SHA256.fullmatch(text):
        raise ValueError("Give the SHA-256 of the key as 64 hex digits.")
    return text.lower()


def _clean_url(text: str, schemes: tuple[str, ...]) -> str:
    rule = f"Give an absolute URL that begins with {' or '.join(f'{name}://' for name in schemes)}."
    if not _URL_CHARACTERS.fullmatch(text):
        raise ValueError(rule)
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError:
        raise ValueError(rule) from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(rule)
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave user name and password out of the URL.")
    return text
