"""`docs/settings.md` and the commands of `docs/host.md` are those of the code."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest

from apikeys import checks
from apikeys.conf import Settings
from tests.service import REPOSITORY

DOCS = REPOSITORY / "docs"
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]*) \|", re.MULTILINE)


def rows(page: str) -> dict[str, str]:
    """First and second cell of every row whose first cell is code."""
    return {name: cell.strip() for name, cell in ROW.findall((DOCS / page).read_text())}


def settings_rows() -> dict[str, str]:
    return {name: cell for name, cell in rows("settings.md").items() if name.isupper()}


def test_every_setting_has_its_row_in_the_order_of_the_code() -> None:
    assert list(settings_rows()) == [item.name for item in fields(Settings)]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda item: item.name)
def test_every_default_is_the_one_in_force(setting: object) -> None:
    name = getattr(setting, "name", "")
    written = settings_rows()[name].strip("`")
    assert ast.literal_eval(written) == getattr(Settings(), name)


def test_every_check_has_its_row_and_no_other_has_one() -> None:
    source = (REPOSITORY / "apikeys" / "checks.py").read_text()
    known = set(re.findall(r'id="(apikeys\.[EW]\d{3})"', source))
    written = [name for name in rows("settings.md") if name.startswith("apikeys.")]
    assert sorted(written) == sorted(known)
    assert written == sorted(written)


def test_the_docstrings_of_the_checks_name_them_too() -> None:
    told = "".join(getattr(checks, name).__doc__ or "" for name in dir(checks) if "check_" in name)
    for name in rows("settings.md"):
        if name.startswith("apikeys."):
            assert name.removeprefix("apikeys.") in told


def test_every_command_has_its_row() -> None:
    folder = REPOSITORY / "apikeys" / "management" / "commands"
    commands = {path.stem for path in folder.glob("[a-z]*.py")}
    written = {re.split(r"\s", name)[0] for name in rows("host.md")}
    assert written == commands


@pytest.mark.parametrize("page", ["host.md", "settings.md", "attributes.md"])
def test_no_link_between_the_pages_is_dead(page: str) -> None:
    for target in re.findall(r"\]\(([a-z_]+\.md)\)", (DOCS / page).read_text()):
        assert (DOCS / target).is_file()
