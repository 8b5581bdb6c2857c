from __future__ import annotations

from django.contrib import admin
from django.urls import path

from shop import views  # type: ignore[import-not-found]  # found where manage.py is

urlpatterns = [
    path("admin/", admin.site.urls),
    path("words", views.Words.as_view()),
    path("orders", views.orders),
    path("who", views.who),
]
