"""What `schemathesis run` loads: it keeps the credential of the run out of the run's reach.

Schemathesis learns ids from answers and tries every call on them. It would revoke, rotate or bind
its own key sooner or later, and all that followed would be 401.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import schemathesis

#: The environment variable with all names of the key that is left alone, a line each.
SPARED = "SPARED_KEY"

MISSING = "key_" + "0" * 32


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send what would hit the spared key to a key that does not exist, wherever it is named."""
    for sent in (case.path_parameters, case.query, case.body):
        _spare(sent)


def _spare(sent: Any) -> None:
    """Replace the names inside of an object or a list, in place."""
    places: Iterable[tuple[Any, Any]] = ()
    if isinstance(sent, dict):
        places = sent.items()
    elif isinstance(sent, list):
        places = enumerate(sent)
    for place, value in list(places):
        _spare(value)
        if str(value) in os.environ[SPARED].splitlines():
            sent[place] = MISSING
