from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.operations import Actor
from apikeys.operations.transactions import mutation
from clients.models import ServiceClient
from clients.operations import RequestedKey, create_client, request_access_key


class Command(VerbCommand):
    help = (
        "Make a service client with an access key, and print the access key, once, on standard "
        "output. With --json the client secret is in it too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the client")
        parser.add_argument(
            "--scope", action="append", default=[], help="a scope to grant; may be repeated"
        )
        parser.add_argument("--tenant", help="whose client it is (org_…); the default tenant's")
        parser.add_argument(
            "--public-key", help="of a pair of its own, base64 of the SPKI; none is made then"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> None:
        client, made = _make(options)
        document = {
            "client_id": client.public_id,
            "tenant": client.tenant.public_id,
            "name": client.name,
            "scopes": client.scopes,
            "key_id": made.key.public_id,
        }
        secrets = {"client_secret": made.client_secret, "access_key": made.access_key}
        present = {name: secret for name, secret in secrets.items() if secret}
        if options["json"]:
            shown = {name: secret.reveal() for name, secret in present.items()}
            self.tell_json({**document, **shown})
        elif made.access_key is None:
            self.remark(f"{client.public_id} signs with {made.key.public_id}, a key of its own.")
        else:
            about = f"{client.public_id} of {client.tenant.public_id}. Its access key, only now:"
            self.tell_secret(made.access_key, about)


@mutation
def _make(options: dict[str, Any]) -> tuple[ServiceClient, RequestedKey]:
    """Both or neither: a key that cannot be taken leaves no client behind."""
    actor = Actor.system("clients_create")
    tenant = {"tenant": options["tenant"]} if options["tenant"] else {}
    client = create_client(actor, name=options["name"], scopes=options["scope"], **tenant)
    return client, request_access_key(actor, client.public_id, public_key=options["public_key"])
