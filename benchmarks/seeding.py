"""Many keys in little time, half of them with limits that are asked and never refuse.

Run as a process of its own with the environment of a service: how many keys, and of how many the
secret is wanted. Prints the secrets, and the key that may verify them, as one JSON document.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import django
from django.core.management import call_command
from django.db import connection, transaction

LIMITED = {"requests_per_second": 100_000, "requests_per_day": 10**9}


def main(count: int, known: int) -> None:
    """Migrate, store the keys, print what the benchmark has to know."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyservice.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from apikeys.operations.rings import check_ring

    check_ring()
    caller = _issued("caller", key_type="management", scopes=["api_keys:verify"])
    if connection.vendor == "postgresql":
        from benchmarks.copying import copies

        _issued("free"), _issued("limited", **LIMITED)
        secrets = copies(("free", "limited"), count=count, known=known)
    else:
        secrets = list(_one_by_one(count))
    from apikeys.models import ApiKey

    newest = ApiKey.objects.latest("pk").pk
    json.dump({"secrets": secrets, "caller": caller, "newest": newest}, sys.stdout)


def _one_by_one(count: int) -> Iterator[str]:
    with transaction.atomic():
        for number in range(count):
            yield _issued(f"service {number}", **(LIMITED if number % 2 else {}))


def _issued(name: str, **attributes: object) -> str:
    from apikeys.domain.actors import Actor
    from apikeys.operations import issue_key

    scopes = {"scopes": ["orders:read", "orders:write"]}
    issued = issue_key(Actor.system("benchmark"), {"name": name, **scopes, **attributes})
    assert issued.secret is not None
    return issued.secret.reveal()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
