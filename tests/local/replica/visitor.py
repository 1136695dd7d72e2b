"""A visitor of the replica over real HTTP: a cookie, forms as their pages have them, redirects one by one."""

from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

from poolmgr.local.replica import paths
from poolmgr.local.replica.accounts import ACCOUNTS, Account
from tests.local.replica.reading import Reading

LIMIT_SECONDS = 10.0
ONE, TWO, THREE = ACCOUNTS
RENOVATED = "Cadastre du Québec"


@dataclass(frozen=True, kw_only=True)
class Answer:
    path: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode("iso-8859-1")

    @property
    def page(self) -> Reading:
        return Reading.of(self.html)

    @property
    def location(self) -> str:
        return urljoin(self.path, self.headers.get("location", ""))


class Visitor:
    def __init__(self, url: str) -> None:
        self.address = urlsplit(url)
        self.cookie = ""
        self.limit_seconds = LIMIT_SECONDS

    def send(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection(
            self.address.hostname or "", self.address.port, timeout=self.limit_seconds
        )
        body = None if fields is None else urlencode(fields, encoding="iso-8859-1")
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            given = {name.lower(): value for name, value in response.getheaders()}
            self.cookie = given.get("set-cookie", self.cookie).split(";")[0]
            return Answer(path=path, status=response.status, headers=given, body=response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def submit(self, page: Answer, button: str, changes: dict[str, str] | None = None) -> Answer:
        """Presses a button of the page; without one, as the page's script does it."""
        fields = {**page.page.fields(), **(changes or {})}
        if button:
            fields[button] = page.page.buttons()[button]
        actions = page.page.attributes("form")
        action = next(a["action"] for a in actions if a["name"] == "frmSirf")
        return self.send("POST", urljoin(page.path, action), fields)

    def follow(self, answer: Answer) -> tuple[Answer, int]:
        """The page at the end of the redirects, and how many they were."""
        hops = 0
        while answer.status == 302:
            answer, hops = self.get(answer.location), hops + 1
        return answer, hops

    def login(self, account: Account = ONE) -> Answer:
        page = self.get(paths.LOGIN)
        typed = {"txtVaCodeUtils": account.username, "txtMotPasse": account.password}
        return self.submit(page, "btnSoumt", typed)

    def choose(self, path: str, circonscription: str, cadastre: str = RENOVATED) -> Answer:
        """The search form with both choices made, each by a reload."""
        page = self.get(path)
        value = page.page.value_of("selCircnFoncr", circonscription)
        page = self.submit(page, "", {"selCircnFoncr": value, "txtEtat": "circn"})
        value = page.page.value_of("selCadst", cadastre)
        return self.submit(page, "", {"selCadst": value, "txtEtat": "cadst"})

    def search_lot(
        self,
        number: str,
        circonscription: str = "Montréal",
        cadastre: str = RENOVATED,
        path: str = paths.INDEX,
    ) -> Answer:
        page = self.choose(path, circonscription, cadastre)
        return self.submit(page, "btnSoumt", {"txtNumrtLot": number, "txtEtat": "valdr"})

    def search_acte(self, number: str, acte_type: str = "Acte", circonscription: str = "Québec") -> Answer:
        page = self.get(paths.ACTE)
        changes = {
            "selCircnFoncr": page.page.value_of("selCircnFoncr", circonscription),
            "selTypeDocmn": page.page.value_of("selTypeDocmn", acte_type),
            "txtNoReqst": number,
        }
        return self.submit(page, "btnRechr", changes)

    def save(self, frames: Answer) -> Answer:
        """What the save link of the menu frame gives."""
        return self.get(frames.path.replace("_cadre.asp", "_docmn_pdf.asp"))
