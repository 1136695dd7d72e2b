"""The accounts of the replica. The stack puts the same ones into the table of accounts: both know these."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Account:
    username: str
    password: str
    name: str


ACCOUNTS = (
    Account(username="replica-1", password="Érable-1", name="Aurélie Fictive"),
    Account(username="replica-2", password="Bouleau & <Chêne>-2", name="Benoît Fictif"),
    Account(username="replica-3", password="Mélèze-3", name="Céline Fictive"),
)


@dataclass(frozen=True, kw_only=True)
class SearchAccount:
    """The one login of the RDPRM, with the answer to its question."""

    username: str
    password: str
    answer: str


RDPRM = SearchAccount(username="replica-rdprm", password="Tilleul-rdprm-1", answer="Trois-Rivières fictive")
