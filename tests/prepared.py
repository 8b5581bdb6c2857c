"""What takes the first start of a service seconds, made once: its tables and its static files."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from keyservice.data_directory import STATIC_NAME
from tests.service import REPOSITORY, settings_for

PREPARE = """
import django
from django.core.management import call_command

django.setup()
call_command("migrate", verbosity=0)

from keyservice.static_files import collect_when_changed

collect_when_changed()
"""


class Prepared:
    """A data directory with what a service would have made there, and nobody welcomed yet.

    With `database`, the URL of one on PostgreSQL, the tables are there, to be copied by its name.
    """

    def __init__(self, directory: Path, database: str | None = None) -> None:
        self.database = database and database.partition("?")[0].rpartition("/")[2]
        self._directory = directory
        chosen: dict[str, str | None] = {"DJANGO_SETTINGS_MODULE": "keyservice.settings"}
        if database:
            chosen |= {"DATABASE_URL": database, "KEYSERVICE_KEYS": secrets.token_urlsafe(32)}
        subprocess.run(
            [sys.executable, "-c", PREPARE],
            cwd=REPOSITORY,
            env=settings_for(directory, chosen),
            check=True,
        )

    def copy_into(self, data: Path) -> None:
        """Put what the directory holds into `data`, which is made if it is not there."""
        but_static = shutil.ignore_patterns(STATIC_NAME)
        shutil.copytree(self._directory, data, ignore=but_static, dirs_exist_ok=True)
        # They are never written to again, so that all services can have the same ones.
        shutil.copytree(self._directory / STATIC_NAME, data / STATIC_NAME, copy_function=os.link)
