from __future__ import annotations

from typing import Any

from apikeys.management.verbs import VerbCommand
from apikeys.operations import Actor
from clients.operations import rotate_signing_key


class Command(VerbCommand):
    help = (
        "Let the next signing key sign tokens, and publish another next one. Tokens that are out "
        "stay good until they end."
    )

    def run(self, **options: Any) -> None:
        key = rotate_signing_key(Actor.system("clients_rotate"))
        self.stdout.write(key.kid)
