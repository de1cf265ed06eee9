"""Fills in the log form as a browser would: what the page offers, with some fields changed."""

from __future__ import annotations

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """Reads the fields of the log form with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.inside = False
        self.naming = ""
        self.chosen = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = "data-draft" in given
        if not self.inside:
            return
        name = given.get("name") or ""
        if tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self.fields[name] = given.get("value") or ""
        elif tag in {"select", "textarea"}:
            self.naming, self.chosen = name, False
            self.fields[name] = ""
        elif tag == "option" and (not self.chosen and (not self.fields.get(self.naming) or "selected" in given)):
            self.fields[self.naming] = given.get("value") or ""
            self.chosen = "selected" in given

    def handle_data(self, data: str) -> None:
        if (
            self.inside
            and self.naming
            and self.get_starttag_text()
            and self.get_starttag_text().startswith("<textarea")
        ):
            self.fields[self.naming] += data.removeprefix("\r\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag in {"textarea", "select"}:
            self.naming = ""


def offered(page: str) -> dict[str, str]:
    """The fields of the form as the page offers them."""
    reader = FormReader()
    reader.feed(page)
    return reader.fields


def filled(page: str, changes: dict[str, str]) -> dict[str, str]:
    return offered(page) | changes
