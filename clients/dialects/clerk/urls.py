"""Clerk's machines and tokens: addresses behind those of its API keys, below the same mount.

Without a `refused`: what goes wrong outside of a view, the mount tells as Clerk does already.
Machines are asked for with `v1/` by all of Clerk's clients, tokens by its Python client alone.
"""

from __future__ import annotations

from django.urls import include, path

from clients.dialects.clerk.token_views import M2MTokenViewSet
from clients.dialects.clerk.views import (
    MachineScopeViewSet,
    MachineSecretViewSet,
    MachineViewSet,
)

app_name = "clerk-machines"

_MACHINE = "machines/<str:machine_id>"
_ONE = MachineViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})

_machines = [
    path("machines", MachineViewSet.as_view({"get": "page", "post": "create"})),
    path(_MACHINE, _ONE),
    path(f"{_MACHINE}/secret_key", MachineSecretViewSet.as_view({"get": "retrieve"})),
    path(f"{_MACHINE}/secret_key/rotate", MachineSecretViewSet.as_view({"post": "rotate"})),
    path(f"{_MACHINE}/scopes", MachineScopeViewSet.as_view({"post": "create"})),
    path(
        f"{_MACHINE}/scopes/<str:other_machine_id>",
        MachineScopeViewSet.as_view({"delete": "destroy"}),
    ),
]
_tokens = [
    path("m2m_tokens", M2MTokenViewSet.as_view({"get": "page", "post": "create"})),
    path("m2m_tokens/verify", M2MTokenViewSet.as_view({"post": "verify"})),
    path("m2m_tokens/<str:m2m_token_id>/revoke", M2MTokenViewSet.as_view({"post": "revoke"})),
]
documented = [path("v1/", include([*_machines, *_tokens]))]
urlpatterns = [*_tokens, *documented]
