"""A walk through an older version of Clerk's Python client, in an environment of its own.

Standard input: `{"url", "key", "subject"}`. Standard output: what the client got, as JSON.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

from clerk_backend_api import Clerk, models
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

ONCE = RetryConfig("backoff", BackoffStrategy(100, 100, 1, 1000), retry_connection_errors=False)


def walk(api: Any, subject: str) -> dict[str, Any]:
    """All eight operations on one key."""
    made = api.create_api_key(name="old client", subject=subject, seconds_until_expiration=60)
    given = {"api_key_id": made.id}
    return {
        "created": plain(made),
        "listed": [key.id for key in api.get_api_keys(subject=subject).data],
        "read": plain(api.get_api_key(**given)),
        "updated": plain(api.update_api_key(**given, subject=subject, description="changed")),
        "secret": api.get_api_key_secret(**given).secret,
        "verified": plain(api.verify_api_key(secret=made.secret)),
        "revoked": plain(api.revoke_api_key(**given)),
        "refused": refusal(api, made.secret),
        "deleted": plain(api.delete_api_key(**given)),
    }


def refusal(api: Any, secret: str) -> list[object]:
    """What the client makes of a verify that is refused."""
    try:
        api.verify_api_key(secret=secret)
    except models.ClerkBaseError as error:
        told: Any = error
        return [told.status_code, told.data.errors[0].code]
    return []


def plain(answer: Any) -> Any:
    return answer.model_dump(mode="json", by_alias=True)


def main() -> None:
    asked = json.load(sys.stdin)
    with Clerk(asked["key"], server_url=asked["url"], retry_config=ONCE) as clerk:
        told = walk(clerk.api_keys, asked["subject"])
    json.dump({"version": version("clerk-backend-api"), **told}, sys.stdout)


if __name__ == "__main__":
    main()
