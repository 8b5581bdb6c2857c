"""What a browser sends back of a form that nobody touched."""

from __future__ import annotations

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """Collects the fields of the last form of a page: the admin's own log-out form comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self._textarea: str | None = None
        self._select: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.data = {}
        elif tag == "textarea":
            self._textarea, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._add(self._select, given["value"])
        elif tag == "input" and name and self._is_sent(given):
            self._add(name, given.get("value", "on" if given["type"] == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            lines = self._text.removeprefix("\n").replace("\n", "\r\n")
            self._add(self._textarea, lines)
            self._textarea = None
        elif tag == "select":
            self._select = None

    def _add(self, name: str, value: str) -> None:
        self.data.setdefault(name, []).append(value)

    def _is_sent(self, given: dict[str, str]) -> bool:
        if given.get("type") in ("checkbox", "radio"):
            return "checked" in given
        return given.get("type") != "submit"


def untouched(page: str) -> dict[str, list[str]]:
    """The fields of the form on this page as a browser would send them."""
    reader = FormReader()
    reader.feed(page.split("<datalist")[0])
    return reader.data
