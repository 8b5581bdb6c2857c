"""The confirmation page of an action, and carrying it out for each key by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _

from apikeys.admin.actions import ACTIONS, KeyAction
from apikeys.admin.forms import ReasonForm
from apikeys.admin.pages import PagesMixin
from apikeys.admin.staff import allows
from apikeys.domain.errors import InvalidInput, KeyServiceError
from apikeys.models import ApiKey

SELECTED_MAX = 200
_NAMED_MAX = 10
_CONFIRMED = "confirmed"


@dataclass(slots=True)
class Result:
    """How it went: keys that were changed, tickets of secrets to see, and what was refused."""

    done: list[ApiKey] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    refused: list[tuple[ApiKey, KeyServiceError]] = field(default_factory=list)


class ActingMixin(PagesMixin):
    """Adds the actions to the list, and a page for each to every key."""

    def action_urls(self) -> list[Any]:
        return [
            path(
                f"<int:pk>/{action.name}/",
                self.own(partial(self.action_view, action=action)),
                name=f"apikeys_apikey_{action.name}",
            )
            for action in ACTIONS
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's own table of them, holding only what this person may do."""
        return {
            action.name: (
                partial(_bulk, action),
                action.name,
                _("%(action)s selected keys") % {"action": action.title},
            )
            for action in ACTIONS
            if action.is_allowed(request)
        }

    def offers(self, request: HttpRequest, key: ApiKey) -> Iterator[tuple[KeyAction, str]]:
        """The actions that this person may do to this key now, with their pages."""
        for action in ACTIONS:
            if action.is_allowed(request) and action.offered(key):
                yield action, self.url_of(action.name, key.pk)

    def action_view(self, request: HttpRequest, *, pk: int, action: KeyAction) -> HttpResponse:
        """One key: GET asks, POST does."""
        if not action.is_allowed(request):
            raise PermissionDenied
        key = self.found(request, pk)
        asks = request.method != "POST"
        return self.confirm(request, action, [key], asks=asks, back=self.url_of("change", pk))

    def bulk(self, request: HttpRequest, action: KeyAction, queryset: Any) -> HttpResponse | None:
        """Many keys: the list's POST asks, the confirmation's POST does."""
        asks = _CONFIRMED not in request.POST
        if not asks:
            # As they were selected: what the list's filter hides by now is still meant.
            queryset = self.get_queryset(request).filter(
                pk__in=request.POST.getlist("_selected_action")
            )
        keys = list(queryset[: SELECTED_MAX + 1])
        if len(keys) > SELECTED_MAX:
            self._tell(
                request, messages.ERROR, _("Select at most %d keys at a time.") % SELECTED_MAX
            )
            return None
        return self.confirm(request, action, keys, asks=asks, back=request.get_full_path())

    def confirm(
        self, request: HttpRequest, action: KeyAction, keys: list[ApiKey], *, asks: bool, back: str
    ) -> HttpResponse:
        """The page that asks, until it is answered in full; then the answer to what was done."""
        form = action.form(None if asks else request.POST)
        if not asks and form.is_valid():
            result = _carry_out(request, action, keys, form)
            if not form.errors:
                return self._answer(request, action, keys, result, back)
        return self.page(
            request,
            "confirm",
            _("%(action)s: are you sure?") % {"action": action.title},
            action=action,
            keys=keys,
            form=form,
            back=back,
            hides_secret=action.name == "rotate" and not allows(request, "reveal_apikey"),
        )

    def _answer(
        self, request: HttpRequest, action: KeyAction, keys: list[ApiKey], result: Result, back: str
    ) -> HttpResponse:
        self._report(request, action, result)
        single = len(keys) == 1 and len(result.tickets) == 1
        if result.tickets and allows(request, "reveal_apikey"):
            page = ("reveal", result.tickets[0]) if single else ("waiting",)
            return HttpResponseRedirect(self.url_of(*page))
        if result.tickets:
            self._tell(request, messages.WARNING, self.unseen_note())
        return HttpResponseRedirect(back)

    def _report(self, request: HttpRequest, action: KeyAction, result: Result) -> None:
        for key in result.done:
            self.log_change(request, key, str(action.done))
        if len(result.done) == 1:
            text = _("%(done)s: %(key)s.") % {"done": action.done, "key": result.done[0]}
            self._tell(request, messages.SUCCESS, text)
        elif result.done:
            text = _("%(done)s: %(count)d keys.") % {"done": action.done, "count": len(result.done)}
            self._tell(request, messages.SUCCESS, text)
        for key, error in result.refused[:_NAMED_MAX]:
            text = _("%(key)s was left as it is: %(why)s") % {"key": key, "why": error.detail}
            self._tell(request, messages.ERROR, text)
        if more := len(result.refused[_NAMED_MAX:]):
            text = _("%d more keys were left as they are.") % more
            self._tell(request, messages.ERROR, text)

    def unseen_note(self) -> str:
        """What someone is told who may make secrets, but not see them."""
        return _(
            "A secret was made, but you lack the permission to see secrets. Ask somebody who has "
            "it to rotate the key."
        )

    def _tell(self, request: HttpRequest, level: int, text: str) -> None:
        self.message_user(request, text, level, fail_silently=True)


def _carry_out(
    request: HttpRequest, action: KeyAction, keys: list[ApiKey], form: ReasonForm
) -> Result:
    seen = dict(_versions(request.POST.getlist("seen")))
    result = Result()
    for key in keys:
        try:
            ticket = action.run(request, key, form.cleaned_data, seen.get(key.pk))
        except InvalidInput as error:
            # About the form, so it is the same for every key, and nothing was done to the first.
            form.absorb(error)
            break
        except KeyServiceError as error:
            result.refused.append((key, error))
        else:
            result.done.append(key)
            result.tickets += [ticket] if ticket else []
    return result


def _versions(seen: list[str]) -> Iterator[tuple[int, int]]:
    for text in seen:
        pk, _separator, version = text.partition(":")
        if not (pk.isdecimal() and version.isdecimal() and len(text) < 40):
            raise Http404
        yield int(pk), int(version)


def _bulk(
    action: KeyAction, model_admin: ActingMixin, request: HttpRequest, queryset: Any
) -> HttpResponse | None:
    return model_admin.bulk(request, action, queryset)
