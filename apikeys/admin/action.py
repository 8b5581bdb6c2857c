"""What an action of staff is: its words, its permission, and the verb that it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from apikeys.admin.forms import ReasonForm
from apikeys.admin.staff import actor_of, allows

Values = dict[str, Any]
Ticket = str | None
Run = Callable[[HttpRequest, Any, Values, int | None], Ticket]


@dataclass(frozen=True, slots=True)
class StaffAction:
    """One action. `offered` says for which objects; `run` calls the verb and gives a ticket if any.

    `run` takes the request, the object, what the form says, and the version the person saw.
    """

    name: str
    permission: str
    title: Any
    done: Any
    consequence: Any
    offered: Callable[[Any], bool]
    run: Run
    form: type[ReasonForm] = ReasonForm
    is_grave: bool = False
    makes_secret: bool = False

    def is_allowed(self, request: HttpRequest) -> bool:
        return allows(request, self.permission)


def calls(verb: Callable[..., Any], **fixed: Any) -> Run:
    """What runs a verb that takes the actor, the id, and what the form says."""

    def run(request: HttpRequest, thing: Any, values: Values, version: int | None) -> Ticket:
        verb(actor_of(request), thing.public_id, **values, **fixed)
        return None

    return run
