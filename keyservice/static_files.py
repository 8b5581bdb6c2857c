"""Static files: collected once into the data directory, compressed, named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

_STAMP_NAME = "collected.sha256"


class CollectedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped base
    """Hashed names for what has been collected, plain ones for the rest.

    Django's own storage raises for a file that is not in the manifest, so before the first
    `keyservice up` not even an error page could be rendered.
    """

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))


def collect_when_changed() -> bool:
    """Collect the static files unless that was done for exactly these sources."""
    stamp = Path(settings.STATIC_ROOT) / _STAMP_NAME
    current = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == current:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current, encoding="ascii")
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for line in sorted(_sources()):
        digest.update(line.encode())
    return digest.hexdigest()


def _sources() -> Iterator[str]:
    # Size and time of change instead of contents: this runs at every start.
    for finder in get_finders():
        for name, storage in finder.list(None):
            facts: Any = Path(storage.path(name)).stat()
            yield f"{name} {facts.st_size} {facts.st_mtime_ns}\n"
