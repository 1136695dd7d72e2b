"""Reading a page as a browser would: its fields, options, radios, links and messages."""

from collections import defaultdict
from html.parser import HTMLParser
from typing import Self


class Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[dict[str, str]] = []
        self.options: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.selected: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.messages: list[str] = []
        self.words = ""
        self.select = ""
        self.in_message = False

    @classmethod
    def of(cls, html: str) -> Self:
        reading = cls()
        reading.feed(html)
        return reading

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "input":
            self.inputs.append(values)
        elif tag == "select":
            self.select = values["name"]
        elif tag == "option":
            self.options[self.select].append((values["value"], ""))
            if "selected" in values:
                self.selected[self.select] = values["value"]
        self.in_message = values.get("class") == "contValErr" if tag == "td" else self.in_message

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.in_message = False
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.select and data.strip():
            value, text = self.options[self.select][-1]
            self.options[self.select][-1] = (value, text + data.strip())
        elif self.in_message:
            self.messages.append(data)

    def fields(self) -> dict[str, str]:
        """What the browser would post, but for its buttons."""
        typed = {
            field["name"]: field.get("value", "")
            for field in self.inputs
            if field["type"] not in ("submit", "radio") or "checked" in field
        }
        first = {name: options[0][0] for name, options in self.options.items()}
        return {**typed, **first, **self.selected}

    def buttons(self) -> dict[str, str]:
        return {field["name"]: field["value"] for field in self.inputs if field["type"] == "submit"}

    def radios(self, name: str) -> list[str]:
        return [field["value"] for field in self.inputs if field["type"] == "radio" and field["name"] == name]

    def value_of(self, name: str, text: str) -> str:
        """The option's value; fails when the list does not have that text."""
        return next(value for value, shown in self.options[name] if shown == text)

    def attributes(self, tag: str) -> list[dict[str, str]]:
        return [values for name, values in self.tags if name == tag]
