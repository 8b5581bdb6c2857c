"""What all admin pages of this app share: rendering, addresses, staying out of caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.debug import SafeExceptionReporterFilter
from django.views.decorators.http import require_http_methods

from apikeys.admin.facets import parameter_names
from apikeys.admin.paging import CappedPaginator
from apikeys.admin.staff import allows
from apikeys.domain.errors import NotFound, RevealGone
from apikeys.models import AuditEvent
from apikeys.operations.patience import TookTooLong, patience

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_SELECTED_MAX = 2**63
_TOO_BROAD = gettext_lazy(
    "This search takes too long, so it was given up. Narrow it: search for an id, a subject or a "
    "longer part of the name, or add a filter."
)
_EVENTS_SHOWN = 20


class DiscreetFilter(SafeExceptionReporterFilter):
    """Keeps what is marked as sensitive out of error pages, with DEBUG on too."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True


class PagesMixin(_ModelAdmin):
    """Pages beside Django's own, and lists that stay fast over millions of rows."""

    # Where `page` looks for templates; an app that stands on this one puts its own in front.
    template_folders: ClassVar[tuple[str, ...]] = ("apikeys/admin",)
    change_list_template = "apikeys/admin/list.html"
    # Not Django's `search_help_text`: axe takes it for the only label of the search box.
    search_help: ClassVar[Any] = ""
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    ordering = ("-id",)
    sortable_by: ClassVar[tuple[str, ...]] = ()

    class Media:
        css = {"all": ["apikeys/admin.css"]}

    def own(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A view of ours behind the admin's door: signed in, CSRF checked, never cached."""

        def discreet(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.exception_reporter_filter = DiscreetFilter()
            return view(request, *args, **kwargs)

        checked = require_http_methods(["GET", "HEAD", "POST"])(discreet)
        guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(checked)
        return guarded

    def page(
        self, request: HttpRequest, template: str, title: Any, *, status: int = 200, **context: Any
    ) -> TemplateResponse:
        """One of our templates inside the admin's frame."""
        request.current_app = self.admin_site.name
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
        }
        names = [f"{folder}/{template}.html" for folder in self.template_folders]
        return TemplateResponse(request, names, shared | context, status=status)

    def one_time(self, request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
        """A page about a secret that is shown once, or what there is instead of it."""
        try:
            return show()
        except NotFound:
            raise Http404 from None
        except RevealGone as error:
            title = _("Nothing to show any more")
            page = self.page(request, "gone", title, status=410, detail=error.detail)
            return confidential(page, referrer="same-origin")

    def url_of(self, name: str, *args: Any) -> str:
        """The address of one of this model's pages, such as `changelist` or `rotate`."""
        model = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"admin:{model}_{name}", args=args, current_app=self.admin_site.name)

    def audit_url(self, subject: Any) -> str:
        """The audit trail, narrowed to one object."""
        url = reverse("admin:apikeys_auditevent_changelist", current_app=self.admin_site.name)
        return f"{url}?{urlencode({'q': subject.public_id})}"

    def trail(self, request: HttpRequest, subject: Any, *parts: str) -> dict[str, Any] | None:
        """The latest events about an object, and about what belongs to it, named by their ids."""
        # A site of somebody's own may leave the trail out.
        is_there = self.admin_site.is_registered(AuditEvent)
        if not is_there or not allows(request, "view_auditevent"):
            return None
        events = AuditEvent.objects.filter(object_id__in=[subject.public_id, *parts])
        return {
            "latest": events.order_by("-id")[:_EVENTS_SHOWN],
            "url": self.audit_url(subject),
        }

    def found(self, request: HttpRequest, object_id: object) -> Any:
        """The object, or a 404."""
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404
        return found

    def form_page(
        self, request: HttpRequest, form: Any, fieldsets: Any, title: Any, **context: Any
    ) -> TemplateResponse:
        """A form in sections, looking like Django's own."""
        laid_out = AdminForm(form, fieldsets, {}, model_admin=self)
        return self.page(request, "form", title, form=form, adminform=laid_out, **context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters that the list shows: no guessing at digests by `?secrets__digest=`."""
        return lookup in parameter_names(self.get_list_filter(request)) if request else False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not all(map(_is_pk, request.POST.getlist("_selected_action"))):
            raise Http404
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "search_help": self.search_help,
            **(extra_context or {}),
        }
        if (
            request.method == "POST"
        ):  # of an action, whose operations have transactions of their own
            return super().changelist_view(request, context)
        try:
            with patience():
                return _rendered(super().changelist_view(request, context))
        except TookTooLong:
            if not request.GET:
                raise  # there is nothing to narrow
            self.message_user(request, _TOO_BROAD, messages.ERROR)
            return HttpResponseRedirect(self.url_of("changelist"))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing here is removed by Django: deleting is an operation, or not foreseen."""
        return False


def _rendered(response: HttpResponse) -> HttpResponse:
    """The rows are read while the page is rendered."""
    if isinstance(response, TemplateResponse):
        response.render()
    return response


def confidential(response: HttpResponse, *, referrer: str) -> HttpResponse:
    """Keep a page about a secret out of caches, frames and search engines.

    `no-referrer` belongs only on pages without a form: a form posted from one carries neither
    Referer nor Origin, and Django's CSRF check refuses it.
    """
    patch_cache_control(response, no_store=True, private=True)
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = referrer
    return response


def _is_pk(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < _SELECTED_MAX
