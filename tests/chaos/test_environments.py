"""One pool, several environments: each row is read, bought and stored in its own, and nowhere else."""

import hashlib
from pathlib import Path
from uuid import uuid4

import psycopg
import pymupdf
from psycopg.types.json import Jsonb

from poolmgr.local.replica.control import Replica
from tests.chaos.market import Market, Setting, an_index
from tests.chaos.realm import Realm, objects_of, rows_beside
from tests.clusters import Database
from tests.pools import Pool, states
from tests.project.keys import key
from tests.projects import NOT_DIRECT, known_as, put_scan, put_scans
from tests.replicas import put_accounts, put_orders
from tests.waiting import until

JOB_SECONDS = 40.0
LENDING = {"pool_account_leases", "pool_account_uses", "worker_accounts"}
"""Tables of the environment that lends the accounts."""

WORDS = {
    "prod": "Acte de vente de la production",
    "staging": "Acte de donation de l'essai",
    "dev": "Acte de partage du banc",
}


def saying(words: str) -> bytes:
    """A PDF with a text layer."""
    document = pymupdf.open()
    document.new_page().insert_text((40, 60), [words] * 5)
    return bytes(document.tobytes())


def content(database: Database, row: str) -> str:
    with database.connect("service_role") as connection:
        found = connection.execute("select file_content from public.extraction_queue where id = %s", (row,))
        ((text,),) = found.fetchall()
    return str(text)


def place_of(database: Database, row: str) -> str:
    with database.connect("service_role") as connection:
        found = connection.execute("select supabase_path from public.extraction_queue where id = %s", (row,))
        ((path,),) = found.fetchall()
    return str(path)


class Three:
    """prod and staging are projects, dev is a database and a folder. The scan has one id in all of them."""

    def __init__(self, two: Realm, dev: Database, folder: Path) -> None:
        self.two = two
        self.folder = folder
        self.databases = {name: two.database(name) for name in two.projects} | {"dev": dev}
        self.scan = str(uuid4())
        self.orders: dict[str, str] = {}

    def put(self) -> None:
        for name, database in self.databases.items():
            self.put_bystanders(database)
            with database.connect("service_role") as connection:
                if name == "dev":
                    self.put_in_folder(connection, saying(WORDS[name]))
                else:
                    project = self.two.projects[name]
                    put_scan(project, connection, self.scan, "ocr_acte", saying(WORDS[name]))
            (self.orders[name],) = put_orders(database, [an_index()])

    def put_in_folder(self, connection: psycopg.Connection, data: bytes) -> None:
        place = self.folder / "documents" / "actes" / f"{self.scan}.pdf"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        job = {"document_number": "1 234 567", "supabase_path": f"actes/{self.scan}.pdf"}
        connection.execute("select pool_enqueue(%s, 'ocr_acte', %s)", (self.scan, Jsonb(job)))

    def put_bystanders(self, database: Database) -> None:
        """Rows that are over, or wait for what no child here does."""
        with database.connect("supabase_admin") as connection:
            connection.execute(
                "insert into public.extraction_queue (document_source, document_number, status_id) "
                "values ('index', '1', 4), ('acte', '2', 5)"
            )
            connection.execute("insert into public.search_sessions (initial_search_query) values ('Côté')")

    def own(self, name: str) -> list[str]:
        return [self.scan, self.orders[name]]

    def beside(self) -> dict[str, dict[str, list[str]]]:
        return {name: rows_beside(database, self.own(name)) for name, database in self.databases.items()}

    def is_done(self) -> bool:
        return all(
            states(database, self.own(name)) == ["done", "done"] for name, database in self.databases.items()
        )

    def stored(self, name: str) -> dict[str, str]:
        """sha-256 of each document of an environment, by `bucket/object`."""
        if name != "dev":
            return objects_of(self.two.projects[name])
        root = self.folder / "documents"
        return {
            str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in root.rglob("*")
            if file.is_file()
        }

    def check(self, name: str) -> None:
        """Its own text, its own document, and no other."""
        database = self.databases[name]
        assert WORDS[name] in content(database, self.scan)
        assert not [
            words for other, words in WORDS.items() if other != name and words in content(database, self.scan)
        ]
        bought = place_of(database, self.orders[name])
        assert {place for place in self.stored(name) if place.endswith(".pdf")} == {
            bought,
            f"actes/{self.scan}.pdf",
        }


def test_three_environments_share_a_pool_and_nothing_else(
    two: Realm, any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    three = Three(two, any_database, tmp_path)
    put_accounts(two.database("prod"))
    three.put()
    own = {**known_as("prod", two.projects["prod"]), **known_as("staging", two.projects["staging"])}
    market = Market(tmp_path, any_database, replica, ocr__enabled=True, **own)
    before = three.beside()
    with market:
        until(three.is_done, JOB_SECONDS, "the end of six jobs")
        assert len(market.books.receipts().sales) == 3
        assert market.pool.stop() == 0
    for name in three.databases:
        three.check(name)
    after = three.beside()
    for name in three.databases:
        changed = {table for table in after[name] if after[name][table] != before[name][table]}
        allowed = {"pool_budgets"} | (LENDING if name == "prod" else set())
        assert changed <= allowed, (name, changed)


def test_an_environment_whose_reading_an_older_variable_switches_off_is_not_read(
    two: Realm, any_database: Database, tmp_path: Path, slip: bytes
) -> None:
    rows = {name: put_scans(project, [("ocr_acte", slip)]) for name, project in two.projects.items()}
    no_buying: dict[str, Setting] = {"registre__enabled": False}
    pool = Pool(tmp_path, any_database, **NOT_DIRECT, **no_buying)
    pool.variables = {"OCR_STAGING": "false"}
    for name, project in two.projects.items():
        pool.variables[f"{name.upper()}_SUPABASE_URL"] = project.url
        pool.variables[f"{name.upper()}_SUPABASE_SERVICE_KEY"] = key("service_role")
    with pool:
        until(lambda: states(two.database("prod"), rows["prod"]) == ["done"], JOB_SECONDS, "prod's job")
        until(pool.hears_the_database, JOB_SECONDS, "a look at each")
        assert pool.stop() == 0
    assert states(two.database("staging"), rows["staging"]) == ["waiting"]
    with two.database("staging").connect("supabase_admin") as connection:
        assert connection.execute("select count(*) from public.pool_leases").fetchone() == (0,)
