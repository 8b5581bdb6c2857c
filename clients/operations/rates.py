"""The rate limit of a client: counted for each request that it makes in its own name."""

from __future__ import annotations

from apikeys.domain.verdict import Outcome, Verdict
from apikeys.operations.counting import count_request
from clients.domain.rates import limits_of
from clients.models import ServiceClient


def count_use(client: ServiceClient) -> Verdict:
    """Valid, `rate_limited`, or `undetermined`; of a client without a limit nobody is asked."""
    limits = limits_of(client.rate_limits)
    if not limits:
        return Verdict(Outcome.VALID)
    return count_request(client.public_id, client.tenant, limits)
