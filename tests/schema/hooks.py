"""What `schemathesis run` loads: it keeps the credential of the run out of the run's reach.

Schemathesis learns ids from answers and tries every call on them. It would revoke, rotate or bind
its own key sooner or later, and all that followed would be 401.
"""

from __future__ import annotations

import os
from typing import Any

import schemathesis

#: The environment variable with the id of the key that is left alone.
SPARED = "SPARED_KEY_ID"

MISSING = "key_" + "0" * 32


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send what would hit the spared key to a key that does not exist."""
    if case.path_parameters.get("key_id") == os.environ[SPARED]:
        case.path_parameters["key_id"] = MISSING
