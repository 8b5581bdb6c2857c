"""What a verify asks: from the body of a call to the `Presentation` that is judged."""

from __future__ import annotations

from collections.abc import Mapping

from apikeys.domain import asking
from apikeys.domain.cleaning import clean_members
from apikeys.domain.presentation import Presentation
from apikeys.operations.verify import client_secret_digests


def presentation_from(body: Mapping[str, object]) -> Presentation:
    """The body of a verify as the decision takes it. Raises `InvalidInput`."""
    asked = clean_members(body, asking.MEMBERS, asking.REQUIRED)
    client_secret = asked.pop("client_secret", None)
    digests = client_secret_digests(client_secret) if client_secret else ()
    return Presentation(
        secret=asked.pop("secret"),
        client_secret_digests=digests,
        lease_seconds=asked.pop("lease", None),
        **asked,
    )
