"""Find the key of a leaked secret. The secret is digested and forgotten: it is never stored,
logged, put into a URL or a message, or written back into the form."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.admin.pages import PagesMixin, confidential
from apikeys.admin.staff import actor_of, require
from apikeys.domain.minting import LENGTH_MAX, SCANNER_PATTERN
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey
from apikeys.operations.seek import find_by_secret

_secret = re.compile(SCANNER_PATTERN)


class SecretForm(forms.Form):
    """One secret, never shown again."""

    label_suffix = ""

    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        max_length=LENGTH_MAX + 64,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "class": "vTextField", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("Paste the whole secret. White space around it does not count."),
    )


class SeekingMixin(PagesMixin):
    """The page where a secret is pasted, and the guard that keeps it out of the search."""

    def seek_urls(self) -> list[Any]:
        return [path("find/", self.own(self.find_view), name="apikeys_apikey_find")]

    @method_decorator(sensitive_post_parameters("secret"))
    @sensitive_variables()
    def find_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks for a secret; POST goes to its key, or says that there is none."""
        require(request, "view_apikey")
        form = SecretForm(request.POST or None)
        if not (request.method == "POST" and form.is_valid()):
            return self._find_page(request, form, is_missing=False)
        key = _sought(request, form)
        if key is None:
            return self._find_page(request, SecretForm(), is_missing=True)
        self.message_user(request, _("This is the key of the secret that you pasted."))
        return HttpResponseRedirect(self.url_of("change", key.pk))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A secret in the search box is not looked at, and sent no further."""
        if any(_secret.search(value) for values in request.GET.lists() for value in values[1]):
            text = _(
                "Secrets do not belong into the search: it puts them into the address, and so into "
                "logs. If this was a real one, rotate its key. Paste it here instead."
            )
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self.url_of("find"))
        return super().changelist_view(request, extra_context)

    def _find_page(
        self, request: HttpRequest, form: SecretForm, *, is_missing: bool
    ) -> HttpResponse:
        page = self.page(
            request, "find", _("Find a key by its secret"), form=form, is_missing=is_missing
        )
        return confidential(page, referrer="same-origin")


@sensitive_variables()
def _sought(request: HttpRequest, form: SecretForm) -> ApiKey | None:
    return find_by_secret(actor_of(request), Secret(form.cleaned_data["secret"]))
