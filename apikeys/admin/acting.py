"""The confirmation page of an action, and carrying it out for each object by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _

from apikeys.admin.action import StaffAction
from apikeys.admin.forms import ReasonForm
from apikeys.admin.pages import PagesMixin
from apikeys.admin.staff import allows
from apikeys.domain.errors import InvalidInput, KeyServiceError

SELECTED_MAX = 200
_NAMED_MAX = 10
_CONFIRMED = "confirmed"


@dataclass(slots=True)
class Result:
    """How it went: what was changed, tickets of secrets to see, and what was refused."""

    done: list[Any] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    refused: list[tuple[Any, KeyServiceError]] = field(default_factory=list)


class ActingMixin(PagesMixin):
    """Adds the actions to the list, and a page for each to every object."""

    acts: ClassVar[tuple[StaffAction, ...]] = ()
    sees_secrets: ClassVar[str] = "reveal_apikey"

    def action_urls(self) -> list[Any]:
        return [
            path(
                f"<int:pk>/{action.name}/",
                self.own(partial(self.action_view, action=action)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{action.name}",
            )
            for action in self.acts
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's own table of them, holding only what this person may do."""
        return {
            action.name: (partial(_bulk, action), action.name, self._title_of(action))
            for action in self.acts
            if action.is_allowed(request)
        }

    def offers(self, request: HttpRequest, thing: Any) -> Iterator[tuple[StaffAction, str]]:
        """The actions that this person may do to this object now, with their pages."""
        for action in self.acts:
            if action.is_allowed(request) and action.offered(thing):
                yield action, self.url_of(action.name, thing.pk)

    def home_of(self, thing: Any) -> str:
        """The page from which one object is acted on."""
        return self.url_of("change", thing.pk)

    def landing_of(self, action: StaffAction, thing: Any) -> str:
        """Where a person goes after an action on one object."""
        return self.home_of(thing)

    def action_view(self, request: HttpRequest, *, pk: int, action: StaffAction) -> HttpResponse:
        """One object: GET asks, POST does."""
        if not action.is_allowed(request):
            raise PermissionDenied
        thing = self.found(request, pk)
        asks = request.method != "POST"
        back = self.home_of(thing) if asks else self.landing_of(action, thing)
        return self.confirm(request, action, [thing], asks=asks, back=back)

    def bulk(self, request: HttpRequest, action: StaffAction, queryset: Any) -> HttpResponse | None:
        """Many objects: the list's POST asks, the confirmation's POST does."""
        asks = _CONFIRMED not in request.POST
        if not asks:
            # As they were selected: what the list's filter hides by now is still meant.
            queryset = self.get_queryset(request).filter(
                pk__in=request.POST.getlist("_selected_action")
            )
        things = list(queryset[: SELECTED_MAX + 1])
        if len(things) > SELECTED_MAX:
            told = {"count": SELECTED_MAX, "things": self.opts.verbose_name_plural}
            text = _("Select at most %(count)d %(things)s at a time.") % told
            self._tell(request, messages.ERROR, text)
            return None
        return self.confirm(request, action, things, asks=asks, back=request.get_full_path())

    def confirm(
        self, request: HttpRequest, action: StaffAction, things: list[Any], *, asks: bool, back: str
    ) -> HttpResponse:
        """The page that asks, until it is answered in full; then the answer to what was done."""
        form = action.form(None if asks else request.POST)
        if not asks and form.is_valid():
            result = _carry_out(request, action, things, form)
            if not form.errors:
                return self._answer(request, action, things, result, back)
        return self.page(
            request,
            "confirm",
            _("%(action)s: are you sure?") % {"action": action.title},
            action=action,
            things=things,
            form=form,
            back=back,
            hides_secret=action.makes_secret and not allows(request, self.sees_secrets),
        )

    def _answer(
        self,
        request: HttpRequest,
        action: StaffAction,
        things: list[Any],
        result: Result,
        back: str,
    ) -> HttpResponse:
        self._report(request, action, result)
        single = len(things) == 1 and len(result.tickets) == 1
        if result.tickets and allows(request, self.sees_secrets):
            page = ("reveal", result.tickets[0]) if single else ("waiting",)
            return HttpResponseRedirect(self.url_of(*page))
        if result.tickets:
            self._tell(request, messages.WARNING, self.unseen_note())
        return HttpResponseRedirect(back)

    def _report(self, request: HttpRequest, action: StaffAction, result: Result) -> None:
        for thing in result.done:
            self.log_change(request, thing, str(action.done))
        told = {"done": action.done, "things": self.opts.verbose_name_plural}
        if len(result.done) == 1:
            text = _("%(done)s: %(thing)s.") % (told | {"thing": result.done[0]})
            self._tell(request, messages.SUCCESS, text)
        elif result.done:
            text = _("%(done)s: %(count)d %(things)s.") % (told | {"count": len(result.done)})
            self._tell(request, messages.SUCCESS, text)
        for thing, error in result.refused[:_NAMED_MAX]:
            text = _("%(thing)s was left as it is: %(why)s") % {"thing": thing, "why": error.detail}
            self._tell(request, messages.ERROR, text)
        if more := len(result.refused[_NAMED_MAX:]):
            text = _("%(count)d more %(things)s were left as they are.") % (told | {"count": more})
            self._tell(request, messages.ERROR, text)

    def _title_of(self, action: StaffAction) -> str:
        told = {"action": action.title, "things": self.opts.verbose_name_plural}
        return _("%(action)s selected %(things)s") % told

    def unseen_note(self) -> str:
        """What someone is told who may make secrets, but not see them."""
        return _(
            "A secret was made, but you lack the permission to see secrets. Ask somebody who has "
            "it to rotate the key."
        )

    def _tell(self, request: HttpRequest, level: int, text: str) -> None:
        self.message_user(request, text, level, fail_silently=True)


def _carry_out(
    request: HttpRequest, action: StaffAction, things: list[Any], form: ReasonForm
) -> Result:
    seen = dict(_versions(request.POST.getlist("seen")))
    result = Result()
    for thing in things:
        try:
            ticket = action.run(request, thing, form.cleaned_data, seen.get(thing.pk))
        except InvalidInput as error:
            # About the form, so it is the same for every one, and nothing was done to the first.
            form.absorb(error)
            break
        except KeyServiceError as error:
            result.refused.append((thing, error))
        else:
            result.done.append(thing)
            result.tickets += [ticket] if ticket else []
    return result


def _versions(seen: list[str]) -> Iterator[tuple[int, int]]:
    for text in seen:
        pk, _separator, version = text.partition(":")
        if not (pk.isdecimal() and version.isdecimal() and len(text) < 40):
            raise Http404
        yield int(pk), int(version)


def _bulk(
    action: StaffAction, model_admin: ActingMixin, request: HttpRequest, queryset: Any
) -> HttpResponse | None:
    return model_admin.bulk(request, action, queryset)
