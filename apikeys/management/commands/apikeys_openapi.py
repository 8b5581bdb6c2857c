"""Write the OpenAPI document of every surface of this project into a directory."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.api.documents import document_of
from apikeys.api.mounts import Mount, mounts


class Command(BaseCommand):
    help = "Write the OpenAPI document of every mounted surface, or check those that are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="where the documents lie")
        parser.add_argument(
            "--check", action="store_true", help="write nothing, and fail unless they are current"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for mount in mounts():
            if not document_of(mount)["paths"]:
                continue
            file = options["directory"] / f"{file_name(mount)}.json"
            text = _text(mount)
            if options["check"]:
                stale += [] if file.is_file() and file.read_text() == text else [str(file)]
            else:
                file.write_text(text)
                self.stdout.write(f"{file}: {mount.urlconf.title}")
        if stale:
            command = f"manage.py apikeys_openapi {options['directory']}"
            raise CommandError(f"Not current: {', '.join(stale)}. Write anew with: {command}")


def file_name(mount: Mount) -> str:
    """`openapi` for the native API, `openapi-clerk` for a dialect."""
    return "openapi" if mount.package == "apikeys.api" else f"openapi-{mount.name}"


def _text(mount: Mount) -> str:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.validation import validate_schema

    GENERATOR_STATS.reset()
    document = document_of(mount)
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        raise CommandError(f"The document of {mount.prefix} is incomplete; see the warnings above.")
    validate_schema(document)  # type: ignore[no-untyped-call]
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"
