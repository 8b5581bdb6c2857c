"""Which surface answers under which path, as the project's URLconf says.

A surface is a URLconf module with a `refused`, its way of telling a refusal (`problems.Teller`).
Whatever goes wrong below its prefix, inside of a view or before one is found, is told in its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, get_resolver
from rest_framework.request import Request

from apikeys.api import problems
from apikeys.api.problems import Teller
from apikeys.api.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Mount:
    """A surface and where it is mounted: `prefix` has no slash in front and one at its end."""

    prefix: str
    urlconf: ModuleType

    @property
    def name(self) -> str:
        """Its namespace: `apikeys` for the native API, `clerk` for Clerk's dialect."""
        return str(self.urlconf.app_name)

    @property
    def package(self) -> str:
        """The package that the surface consists of."""
        return self.urlconf.__name__.rpartition(".")[0]

    @property
    def refused(self) -> Teller:
        tell: Teller = self.urlconf.refused
        return tell


def mounts() -> Iterator[Mount]:
    """Every surface of the project, in the order of its URLconf."""
    return _below(get_resolver(), "")


def _below(resolver: URLResolver, before: str) -> Iterator[Mount]:
    for entry in resolver.url_patterns:
        if not isinstance(entry, URLResolver):
            continue
        prefix = before + str(entry.pattern)
        urlconf = entry.urlconf_module
        if isinstance(urlconf, ModuleType) and hasattr(urlconf, "refused"):
            yield Mount(prefix, urlconf)
        else:
            yield from _below(entry, prefix)


def patterns_of(mount: Mount) -> list[Any]:
    """What is documented of a surface, with what stands beside it under the same prefix.

    A URLconf names it `documented`, unless that is all of it.
    """
    beside = [
        entry.urlconf_module
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver)
        and str(entry.pattern) == mount.prefix
        and not hasattr(entry.urlconf_module, "refused")
    ]
    return [
        pattern
        for urlconf in (mount.urlconf, *beside)
        for pattern in getattr(urlconf, "documented", None) or urlconf.urlpatterns  # type: ignore[union-attr]
    ]


def mount_at(path: str) -> Mount | None:
    """The surface below whose prefix this path (`request.path_info`) lies: the nearest one."""
    above = [it for it in mounts() if path.removeprefix("/").startswith(it.prefix)]
    return max(above, key=lambda mount: len(mount.prefix), default=None)


def is_mounted(path: str) -> bool:
    """Whether any surface lies above this path (`request.path_info`); quick enough for everyone."""
    return path.startswith(_prefixes(get_resolver()))


@lru_cache(maxsize=8)
def _prefixes(root: URLResolver) -> tuple[str, ...]:
    return tuple(f"/{mount.prefix}" for mount in _below(root, ""))


def refuse(request: HttpRequest | Request, refusal: Refusal) -> HttpResponse:
    """Tell a refusal in the words of the surface that was asked, else as a problem document."""
    mount = mount_at(request.path_info)
    return (mount.refused if mount else problems.refused)(refusal, request)
