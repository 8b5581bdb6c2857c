"""The guard that keeps secrets out of the search boxes of clients and access keys."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from apikeys.admin.pages import PagesMixin
from apikeys.domain.minting import SCANNER_PATTERN

# A client secret; or an access key: its ids and its private half, with dots in between.
_secret = re.compile(rf"{SCANNER_PATTERN}|\bacc_\w+\.[^.\s]+\.[A-Za-z0-9+/=]{{40}}")


class GuardedSearchMixin(PagesMixin):
    """Lists that do not look at a secret, and send it no further."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if any(_secret.search(value) for values in request.GET.lists() for value in values[1]):
            text = _(
                "Secrets do not belong into the search: it puts them into the address, and so into "
                "logs. If this was a real one, delete its access key. To find that, search for the "
                "id of the client."
            )
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self.url_of("changelist"))
        return super().changelist_view(request, extra_context)
