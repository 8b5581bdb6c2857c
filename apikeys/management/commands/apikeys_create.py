from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from apikeys.domain.attributes import ENVIRONMENTS, KEY_TYPES
from apikeys.management.verbs import VerbCommand
from apikeys.operations import Actor, Issued, issue_key

_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def span_seconds(text: str) -> int:
    """`90d`, `12h`, `30m`, `45s`, or a number of seconds."""
    match = re.fullmatch(r"([0-9]{1,10})([smhd]?)", text)
    if not match:
        raise ArgumentTypeError("give a length of time like 90d, 12h, 30m or 3600")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


class Command(VerbCommand):
    help = "Issue an API key and print its secret, once, on standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the key")
        parser.add_argument("--type", choices=KEY_TYPES, default="standard")
        parser.add_argument(
            "--scope", action="append", default=[], help="a scope to grant; may be repeated"
        )
        parser.add_argument("--tenant", help="whose key it is (org_…); the default tenant's if not")
        parser.add_argument("--environment", choices=ENVIRONMENTS, default="live")
        parser.add_argument("--expires-in", type=span_seconds, help="such as 90d, 12h or 3600")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> None:
        issued = issue_key(
            Actor.system("apikeys_create"),
            name=options["name"],
            key_type=options["type"],
            scopes=options["scope"],
            environment=options["environment"],
            seconds_until_expiration=options["expires_in"],
            **({"tenant": options["tenant"]} if options["tenant"] else {}),
        )
        self._tell(issued, as_json=options["json"])

    def _tell(self, issued: Issued, *, as_json: bool) -> None:
        key, secret = issued.key, issued.secret
        if secret is None:
            raise AssertionError("a minted key has a secret")
        if not as_json:
            about = f"{key.public_id} of {key.tenant.public_id}. Its secret, shown only now:"
            self.tell_secret(secret, about)
            return
        self.tell_json(
            {
                "id": key.public_id,
                "tenant": key.tenant.public_id,
                "name": key.name,
                "key_type": key.key_type,
                "environment": key.environment,
                "scopes": key.scopes,
                "expires_at": key.expires_at.isoformat() if key.expires_at else None,
                "secret": secret.reveal(),
            }
        )
