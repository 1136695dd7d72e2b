"""`registre-pool accounts`: the logins of the land registry.

A password comes from a prompt, a pipe or a file, and goes nowhere but into the database.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from poolmgr.cli.accounts.logins import BadLine, Login, flaw, lines_of, read
from poolmgr.cli.jobs import AsJson, tell
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.errors import NotAvailable, PoolError, Refused, StoreError
from poolmgr.domain.json import Json, JsonObject, text, whole
from poolmgr.stores.accounts import DatabaseAccounts

accounts = typer.Typer(
    help="List, add, import, switch and test accounts of the land registry.", no_args_is_help=True
)

Username = Annotated[str, typer.Argument(metavar="USERNAME", help="The account's name.")]
MOST_ACCOUNTS = 1000
MOST_FAILURES = 3
"""After so many a lease passes the account over."""

LIST_TITLES = ("username", "state", "failures", "last_used", "worker", "host", "leased_until", "id")
PUT = {
    "added": "added",
    "replaced": "has another password now; active, its failures forgotten",
    "already": "has this password already",
}
Answer = TypeVar("Answer")


class NoSuchAccount(StoreError):
    """No account has this name."""


class BadLines(PoolError):
    """Some lines of the file hold no account."""


class LoginsRefused(PoolError):
    """Some accounts could not log in."""


def ask(context: typer.Context, question: Callable[[DatabaseAccounts], Awaitable[Answer]]) -> Answer:
    """One question to the accounts, which rest in the first environment."""
    from poolmgr.cli.environments import accounts_of

    settings = frame_of(context).settings()

    async def answer() -> Answer:
        async with accounts_of(settings) as asked:
            return await question(asked)

    return asyncio.run(answer())


@accounts.command("list")
def list_accounts(context: typer.Context, as_json: AsJson = False) -> None:
    """List accounts: which may be used, and who holds which until when. Passwords are never shown."""
    rows = ask(context, lambda asked: asked.accounts_list(MOST_ACCOUNTS))
    shown = [row | {"state": state(row), "failures": row.get("failure_count")} for row in rows]
    if as_json:
        listed: list[Json] = [row | {"state": state(row)} for row in rows]
        print_json({"schema": 1, "accounts": listed})
        return
    print_table(LIST_TITLES, ([row.get(title) for title in LIST_TITLES] for row in shown))


def state(row: JsonObject) -> str:
    """Why the next lease would pass it over; free when it would not."""
    if text(row, "worker"):
        return "in use"
    if row.get("is_active") is False:
        return "off"
    return "failed" if whole(row, "failure_count") >= MOST_FAILURES else "free"


@accounts.command()
def add(
    context: typer.Context,
    username: Username,
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The password is the one line on stdin.")
    ] = False,
) -> None:
    """Add an account, or give it another password; asks for it without showing it.

    Example: registre-pool accounts add ab1234
    """
    username = username.strip()
    if why := flaw(username, "-"):
        raise typer.BadParameter(why, param_hint="USERNAME")
    password = password_on_stdin() if from_stdin else password_typed()
    if why := flaw(username, password):
        raise typer.BadParameter(why, param_hint="the password")

    async def question(asked: DatabaseAccounts) -> tuple[str, str]:
        answer = await asked.put(username, password)
        rows = await asked.accounts_list(MOST_ACCOUNTS)
        return answer, next((state(row) for row in rows if row.get("username") == username), "")

    answer, stands = ask(context, question)
    if answer.startswith("refused"):
        raise StoreError(answer)
    typer.echo(f"{username} {PUT[answer]}")
    if stands in ("off", "failed"):
        typer.echo(f"it is not used: {stands}. To change that: registre-pool accounts enable {username}")


def password_on_stdin() -> str:
    """Raises a usage error for more than one line, or for what is no UTF-8."""
    lines = lines_of(sys.stdin.buffer.read())
    if len(lines) != 1:
        raise typer.BadParameter(
            f"stdin has {len(lines)} lines instead of one", param_hint="--password-stdin"
        )
    return lines[0]


def password_typed() -> str:
    """Asked for twice. Raises a usage error where nobody can type."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask on: use --password-stdin", param_hint="the password")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


@accounts.command("import")
def import_accounts(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="UTF-8.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put in the accounts of a CSV file: its first line is username,password or utilisateur,mot_de_passe.

    A line that holds no account is named by its number, the others are put in; exit 1 when there is one.
    May be repeated: what is there already stays as it is.
    """
    found = list(read(file.read_bytes()))
    logins = [one for one in found if isinstance(one, Login)]
    bad = [one for one in found if isinstance(one, BadLine)]

    async def question(asked: DatabaseAccounts) -> list[str]:
        if dry_run:
            known = {text(row, "username") for row in await asked.accounts_list(MOST_ACCOUNTS)}
            return ["known" if login.username in known else "new" for login in logins]
        return [await put(asked, login) for login in logins]

    answers = ask(context, question)
    for login, answer in zip(logins, answers, strict=True):
        if answer.startswith("refused"):
            bad.append(BadLine(line=login.line, why=answer))
    show_import(logins, answers, bad, dry_run=dry_run, as_json=as_json)
    if bad:
        raise BadLines(f"{file}: {len(bad)} lines hold no account, the others are dealt with.")


async def put(asked: DatabaseAccounts, login: Login) -> str:
    try:
        return await asked.put(login.username, login.password)
    except Refused:
        return "refused: the database does not take it"


def show_import(
    logins: Sequence[Login], answers: Sequence[str], bad: Sequence[BadLine], *, dry_run: bool, as_json: bool
) -> None:
    words = ("new", "known") if dry_run else tuple(PUT)
    counts: JsonObject = {word: answers.count(word) for word in words}
    if as_json:
        lines: list[Json] = [
            {"line": login.line, "username": login.username, "answer": answer}
            for login, answer in zip(logins, answers, strict=True)
        ]
        spoilt: list[Json] = [{"line": one.line, "why": one.why} for one in bad]
        print_json({"schema": 1, "dry_run": dry_run, "counts": counts, "lines": lines, "bad": spoilt})
        return
    for one in sorted(bad, key=lambda one: one.line):
        sys.stderr.write(f"line {one.line}: {one.why}\n")
    typer.echo(", ".join(f"{count} {word}" for word, count in counts.items()))


@accounts.command()
def enable(context: typer.Context, username: Username) -> None:
    """Let an account be used, and forget its failures."""
    answer = ask(context, lambda asked: asked.switch(username, is_active=True))
    tell(answer, f"{username} may be used, its failures are forgotten", f"{username} may be used already")


@accounts.command()
def disable(context: typer.Context, username: Username) -> None:
    """Let an account not be used any more; a session that has it now goes on."""
    answer = ask(context, lambda asked: asked.switch(username, is_active=False))
    tell(answer, f"{username} is off", f"{username} is off already")


@accounts.command("test")
def try_logins(
    context: typer.Context,
    usernames: Annotated[
        list[str] | None, typer.Argument(metavar="[USERNAME]...", help="Without a name all active ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Log in on the site with one account after the other. Costs nothing; exit 1 when one is not let in.

    What the site says counts: a success forgets failures, a refusal is one. An account in use is skipped.
    """
    from poolmgr.cli import registre
    from poolmgr.cli.accounts import trials
    from poolmgr.cli.environments import accounts_of, at_registry

    settings = at_registry(frame_of(context).settings())
    if not settings.foncier.allowed:
        raise NotAvailable(
            f"No login is tried: foncier.automation_acknowledged is false ({settings.foncier.url}).",
            advice=registre.NOT_ACKNOWLEDGED,
        )

    def say(trial: trials.Trial) -> None:
        if not as_json:
            typer.echo(f"{trial.username}: {' '.join(trial.sentence.split())}")

    async def question() -> list[trials.Trial]:
        async with accounts_of(settings) as asked:
            names = wanted(await asked.accounts_list(MOST_ACCOUNTS), usernames or [])
            return await trials.run(asked, settings, names, say) if names else []

    done = asyncio.run(question())
    if as_json:
        tried: list[Json] = [vars(trial) for trial in done]
        print_json({"schema": 1, "accounts": tried})
    failed = [trial for trial in done if not trial.proven]
    if failed:
        raise LoginsRefused(f"{len(failed)} of {len(done)} accounts are not proven.")


def wanted(rows: Sequence[JsonObject], usernames: Sequence[str]) -> list[str]:
    """Each once. Raises NoSuchAccount before anything is tried."""
    known = {text(row, "username"): row.get("is_active") is not False for row in rows}
    missing = [username for username in usernames if username not in known]
    if missing:
        raise NoSuchAccount(
            f"No account has the name {', '.join(missing)}.", advice="registre-pool accounts list shows them."
        )
    return list(dict.fromkeys(usernames or [name for name, is_active in known.items() if is_active]))
