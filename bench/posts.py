"""The floor: the same forms posted by plain HTTP, without a browser. No rival, only what is left to gain."""

import http.client
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from poolmgr.local.replica.accounts import ACCOUNTS

LOGIN = "Script/14_06_01-02/pf_14_06_01_reglr.asp"
INDEX = "Script/13_01_11/pf_13_01_11_02_indx_immbl.asp"
CIRCONSCRIPTION = "Montréal"
LIMIT_SECONDS = 30.0


class Form(HTMLParser):
    """The fields of a page's first form, its action, the options of its lists, and where its frames lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.options: dict[str, dict[str, str]] = {}
        self.states: dict[str, str] = {}
        self.action = ""
        self.frames: dict[str, str] = {}
        self.links: list[str] = []
        self.list = self.value = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "form" and not self.action:
            self.action = found.get("action", "")
        elif tag == "input" and found.get("type", "") not in ("submit", "button", "reset"):
            if found.get("type") != "radio" or "checked" in found:
                self.fields[name] = value
        elif tag == "select":
            self.list = name
            self.options[name] = {}
            self.states[name] = found.get("onchange", "").partition("'")[2].partition("'")[0]
        elif tag == "option":
            self.value = value
            if "selected" in found or self.list not in self.fields:
                self.fields[self.list] = value
        elif tag in ("frame", "iframe"):
            self.frames[name] = found.get("src", "")
        elif tag == "a" and found.get("href"):
            self.links.append(found["href"])

    def handle_data(self, data: str) -> None:
        if self.list and data.strip():
            self.options[self.list][data.strip()] = self.value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.list = ""


class Visit:
    """One account's session."""

    def __init__(self, url: str) -> None:
        self.url = url
        place = urlsplit(url)
        self.connection = http.client.HTTPConnection(place.netloc, timeout=LIMIT_SECONDS)
        self.cookie = ""
        self.at = url

    def ask(self, address: str, fields: dict[str, str] | None = None) -> bytes:
        """The page at the end of the redirects."""
        self.at = urljoin(self.at, address)
        headers = {"Cookie": self.cookie}
        body = None
        if fields is not None:
            body = urlencode(fields, encoding="iso-8859-1")
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        place = urlsplit(self.at)
        target = place.path + (f"?{place.query}" if place.query else "")
        self.connection.request("POST" if body else "GET", target, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        self.cookie = (answer.getheader("set-cookie") or self.cookie).partition(";")[0]
        if 300 <= answer.status < 400:
            return self.ask(answer.getheader("location") or "")
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{self.at} answered {answer.status}")
        return data

    def page(self, address: str, fields: dict[str, str] | None = None) -> Form:
        return Form(self.ask(address, fields).decode("iso-8859-1"))

    def log_in(self) -> None:
        form = self.page(urljoin(self.url, LOGIN))
        account = ACCOUNTS[0]
        form.fields |= {"txtVaCodeUtils": account.username, "txtMotPasse": account.password}
        self.page(form.action or self.at, form.fields)

    def buy_index(self, lot: str) -> bytes:
        form = self.page(urljoin(self.url, INDEX))
        for name, wanted in (("selCircnFoncr", CIRCONSCRIPTION), ("selCadst", "Cadastre du Québec")):
            chosen = {name: form.options[name][wanted], "txtEtat": form.states[name]}
            form = self.page(form.action or self.at, form.fields | chosen)
        asked = form.fields | {"txtNumrtLot": lot, "btnSoumt": "Soumettre"}
        document = self.page(form.action or self.at, asked)
        base = self.at
        self.ask(urljoin(base, document.frames["page"]))
        menu = self.page(urljoin(base, document.frames["menu"]))
        saving = next(link for link in menu.links if "sauvg" in link.lower() or "impri" in link.lower())
        return self.ask(saving)
