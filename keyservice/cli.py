"""The `keyservice` command: `up` starts the service, everything else is Django's management.

What the operator can mend is said in one line on standard error, with exit code 2.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from keyservice.logs import describe
from keyservice.variables import BadSetting

EXIT_REFUSED = 2
EXIT_BROKEN = 1

_USAGE = """\
usage: keyservice up                   start the service
       keyservice <command> [options]  run a management command; `keyservice help` lists them
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyservice.settings")
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        match words:
            case ["up"]:
                return _up()
            case [] | ["up", *_]:
                sys.stderr.write(_USAGE)
                return EXIT_REFUSED
            case ["manage", *rest] | rest:
                _manage(rest)
    except BadSetting as error:
        sys.stderr.write(f"keyservice: {error}\n")
        return EXIT_REFUSED
    return 0


def _manage(words: list[str]) -> None:
    from django.core.management import execute_from_command_line

    # Django stores what goes wrong in the settings and would show it as a traceback later.
    from keyservice import settings  # noqa: F401

    execute_from_command_line(["keyservice", *words])


def _up() -> int:
    from keyservice import startup

    try:
        startup.up()
    except BadSetting:
        raise
    except Exception as error:
        # Never the message of an unforeseen error: it may quote what must not be shown.
        line = {"level": "ERROR", "message": "the start broke off", "exception": describe(error)}
        sys.stderr.write(f"{json.dumps(line)}\n")
        return EXIT_BROKEN
    return 0
