"""Every route and method that the URLconf serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What a function answers cannot be read from it; one that refuses a method says so in its row.
_OF_A_FUNCTION = ("GET", "POST")


def served() -> Iterator[tuple[str, str]]:
    """Route, as the URLconf spells it, and method; HEAD goes with GET."""
    for route, callback in _walk(get_resolver()):
        for method in _methods(callback):
            yield route, method


def _walk(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry.callback
        else:
            yield from _walk(entry, route)


def _methods(callback: Any) -> list[str]:
    if actions := getattr(callback, "actions", None):  # a viewset of DRF, as it is mounted here
        return [method for method in METHODS if method.lower() in actions]
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None:
        return list(_OF_A_FUNCTION)
    return [method for method in METHODS if hasattr(view, method.lower())]
