"""What keys were used for, and who was refused, as staff see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import AdminSite
from django.test import Client, override_settings
from django.urls import path, reverse

from apikeys.admin import ApiKeyAdmin
from apikeys.admin.charts import Series, bars, columns
from apikeys.models import ApiKey
from apikeys.operations.reaching import utc_now
from apikeys.operations.reporting import report_usage
from tests.apikeys.metered import event, recorded
from tests.apikeys.personas import ROOT
from tests.apikeys.reported import told
from tests.factories import KeyFactory, TenantFactory

Staff = Callable[..., Client]
Url = Callable[..., str]

ATTEMPTS = "/admin/apikeys/refusedattempt/"


@pytest.fixture
def key(db: None) -> ApiKey:
    """Used a little: three valid verifies and a refused one today, two reports."""
    made: ApiKey = KeyFactory.create(cost_per_request="0.5")
    now = utc_now()
    recorded([event(made, at=now, endpoint="/a")] * 3)
    recorded([event(made, "rate_limited", at=now, endpoint="/<b>", source="203.0.113.7")])
    failed = told(made.public_id, "2", status=503, endpoint="/<b>", method="PUT", latency_ms=40)
    report_usage(ROOT, [told(made.public_id, "1", latency_ms=20), failed])
    return made


def read(browser: Client, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.content.decode()


def own_part(page: str) -> str:
    """What is ours of a page, without the admin's frame."""
    return page[page.index('id="content-main"') : page.index("</main>")]


def test_the_page_draws_what_was_used_and_tells_the_numbers(
    client: Client, url: Url, key: ApiKey
) -> None:
    response = client.get(url("usage", key.pk))
    drawn = {it.name: it for it in response.context["pictures"]}
    assert list(drawn) == ["requests", "latency", "endpoints", "verdicts"]
    assert drawn["requests"].rows[-1][1:] == (3, 1, 3)
    assert [shape.kind for shape in drawn["requests"].chart.shapes] == ["valid", "refused"]
    assert drawn["latency"].rows[-1][1:] == ("30", 2, 1)
    assert drawn["endpoints"].rows[0] == ("/a", 3, 0, 0, 0, "—")
    assert drawn["verdicts"].rows == [("valid", 3), ("rate limited", 1)]
    totals = {row.label: row.value for row in response.context["totals"]}
    assert totals["Price of the valid verifies"] == "1.5"
    assert totals["Success rate"] == "50.00%"
    page = response.content.decode()
    assert "<td>503</td><td>PUT</td><td>/&lt;b&gt;</td><td>40</td>" in page
    assert "<b>" not in page


def test_every_picture_has_a_title_a_description_and_a_table(
    client: Client, url: Url, key: ApiKey
) -> None:
    page = own_part(read(client, url("usage", key.pk)))
    assert page.count("<svg") == page.count('role="img"') == page.count("<desc") == 4
    for name in re.findall(r'aria-labelledby="(drawn-\w+ told-\w+)"', page):
        for identifier in name.split():
            assert f'id="{identifier}"' in page
    assert page.count("<figure") == page.count("</details>") == 4


def test_nothing_on_it_needs_a_script_or_a_style_of_its_own(
    client: Client, url: Url, key: ApiKey
) -> None:
    page = own_part(read(client, url("usage", key.pk)))
    for forbidden in (" style=", "<style", "<script", " on"):
        assert forbidden not in re.sub(">[^<]*<", "><", page)


def test_lengths_are_written_alike_in_every_language(client: Client, url: Url, key: ApiKey) -> None:
    with override_settings(LANGUAGE_CODE="de", USE_THOUSAND_SEPARATOR=True):
        page = own_part(read(client, url("usage", key.pk)))
    lengths = re.findall(r' (?:x|y|x1|x2|y1|y2|width|height)="([^"]*)"', page)
    assert lengths
    assert not [it for it in lengths if not re.fullmatch(r"[0-9]+(\.[0-9])?", it)]


def test_a_key_that_was_never_used_says_so(client: Client, url: Url) -> None:
    page = read(client, url("usage", KeyFactory.create().pk))
    assert page.count("Nothing to draw") == 4
    assert "No error was reported." in page


@pytest.mark.parametrize(("query", "days"), [("", 30), ("?days=7", 7), ("?days=90", 90)])
def test_one_chooses_how_far_back(client: Client, url: Url, query: str, days: int) -> None:
    key = KeyFactory.create()
    now = utc_now()
    recorded([event(key, at=now - timedelta(days=it)) for it in (days - 1, days)])
    response = client.get(url("usage", key.pk) + query)
    requests = response.context["pictures"][0]
    assert len(requests.rows) == days
    assert sum(row[1] for row in requests.rows) == 1


def test_an_unknown_time_is_the_usual_one(client: Client, url: Url, key: ApiKey) -> None:
    response = client.get(url("usage", key.pk) + "?days=400000000")
    assert len(response.context["pictures"][0].rows) == 30


def test_the_page_and_the_list_of_keys_lead_there(client: Client, url: Url, key: ApiKey) -> None:
    address = url("usage", key.pk)
    for page in (url("change", key.pk), url("changelist")):
        assert f'href="{address}"' in read(client, page)
    assert url("change", key.pk) in read(client, address)


def test_totals_are_on_the_page_of_the_key(client: Client, url: Url, key: ApiKey) -> None:
    response = client.get(url("change", key.pk))
    shown = {row.label: row.value for it in response.context["sections"] for row in it.rows}
    assert shown["Total requests"] == "3"
    assert shown["Success rate"] == "0.5"
    assert "&quot;/a&quot;: 3" in shown["Endpoint usage"]
    assert "503" in shown["Recent errors"]


def test_who_may_see_the_key_may_see_its_usage(staff: Staff, url: Url, key: ApiKey) -> None:
    assert staff("issue_apikey").get(url("usage", key.pk)).status_code == 403
    viewer = staff("view_apikey")
    assert ATTEMPTS not in read(viewer, url("usage", key.pk))
    both = staff("view_apikey", "view_refusedattempt")
    assert f"{ATTEMPTS}?tenant={key.tenant.public_id}" in read(both, url("usage", key.pk))


def test_no_key_no_page(client: Client, url: Url) -> None:
    assert client.get(url("usage", 2**40)).status_code == 404


def test_refused_attempts_are_listed_newest_first(client: Client, key: ApiKey) -> None:
    recorded([event(key, "expired", at=utc_now())])
    page = read(client, ATTEMPTS)
    assert page.index("not told") < page.index("203.0.113.7")
    assert 'field-attempts">1<' in page


def test_they_are_narrowed_by_reason_date_and_tenant_and_found_by_source(
    client: Client, key: ApiKey
) -> None:
    other = KeyFactory.create(tenant=TenantFactory.create().public_id)
    long_ago = utc_now() - timedelta(days=8)
    recorded([event(other, "expired", at=long_ago, source="198.51.100.1")])

    def sources(query: str) -> set[str]:
        return set(re.findall(r'field-source_told">([0-9.]+)<', read(client, ATTEMPTS + query)))

    first, second = {"203.0.113.7"}, {"198.51.100.1"}
    assert sources("") == first | second
    assert sources("?reason=expired") == second
    assert sources("?within=7") == first
    assert sources("?within=30") == first | second
    assert sources(f"?tenant={other.tenant.public_id}") == second
    assert sources("?q=198.51.100.1") == second
    assert sources("?q=198.51.100") == set()
    assert sources("?q=%00") == first | second


def test_their_list_stays_fast(
    client: Client, key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    recorded([event(key, "expired", source=f"10.0.0.{it}") for it in range(150)])
    with django_assert_max_num_queries(10):  # 2 of them bound the time of a statement
        assert "10.0.0.99" in read(client, ATTEMPTS)


def test_they_have_no_pages_of_their_own_and_cannot_be_changed(client: Client, key: ApiKey) -> None:
    for tail in ("add/", "1/change/", "1/delete/", "1/history/", "1/"):
        assert client.get(ATTEMPTS + tail).status_code == 404


class TestCharts:
    """The shapes themselves."""

    def test_columns_stand_on_one_another_and_fill_the_box(self) -> None:
        series = [Series("valid", "valid", [6, 0]), Series("refused", "refused", [4, None])]
        chart = columns(["01-01", "01-02"], series)
        lower, upper = chart.shapes
        assert (lower.told, upper.told) == ("01-01: 6 valid", "01-01: 4 refused")
        assert float(upper.y) == 12
        assert float(upper.y) + float(upper.height) == float(lower.y)
        assert float(lower.y) + float(lower.height) == 192
        assert [word.text for word in chart.words[:3]] == ["0", "5", "10"]

    def test_marks_are_round_and_labels_do_not_stand_on_one_another(self) -> None:
        places = [f"{day:02}" for day in range(90)]
        chart = columns(places, [Series("valid", "valid", [1234.0] * 90)])
        assert [word.text for word in chart.words[:3]] == ["0", "1,000", "2,000"]
        assert len(chart.words) <= 3 + 8

    def test_nothing_is_drawn_of_nothing(self) -> None:
        assert columns([], [Series("valid", "valid", [])]).shapes == ()
        assert columns(["a"], [Series("valid", "valid", [0])]).shapes == ()
        assert bars([], "valid").shapes == ()
        assert bars([("a", 0)], "valid").shapes[0].width == "0"

    def test_long_names_are_cut_in_the_picture_alone(self) -> None:
        chart = bars([("/" * 100, 2), ("/b", 1)], "valid")
        assert chart.words[0].text == "/" * 31 + "…"
        assert chart.shapes[0].told == "/" * 100 + ": 2"
        assert float(chart.shapes[1].width) * 2 == float(chart.shapes[0].width)


class _OwnSite(AdminSite):
    """A site of somebody's own, without the list of refused attempts."""


own_site = _OwnSite(name="admin")
own_site.register(ApiKey, ApiKeyAdmin)
urlpatterns = [path("admin/", own_site.urls)]


def test_a_site_without_the_list_does_not_lead_to_it(client: Client, key: ApiKey) -> None:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=settings.MIDDLEWARE):
        page = read(client, reverse("admin:apikeys_apikey_usage", args=[key.pk]))
    assert "refusedattempt" not in page
