"""What `migrate verify` and `doctor` read out of pool_version, the one call that tells of an environment."""

from collections.abc import Iterator
from datetime import UTC, datetime

from poolmgr.cli.doctor.findings import Finding
from poolmgr.cli.environments import Access
from poolmgr.cli.looking import how_to_migrate
from poolmgr.config.settings import Settings
from poolmgr.domain.hours import day_of
from poolmgr.domain.json import JsonObject, record, records, strings, text
from poolmgr.stores import product
from poolmgr.stores.migration_files import shipped
from poolmgr.stores.migrations import checksums, compare
from poolmgr.workers.environments import configuration


def title(access: Access) -> str:
    return f"environment {access.name}"


def verify(access: Access, version: JsonObject) -> Iterator[Finding]:
    """Whether this version's functions are there, closed to others, and find what they need."""
    name = title(access)
    yield migrated(access, version)
    yield role(name, version)
    yield doors(name, version)
    yield columns(name, version)
    yield triggers(name, version)


def unmigrated(access: Access, sentence: str) -> Finding:
    """pool_version itself is missing."""
    return Finding(
        check=f"{title(access)} migrations",
        grade="failure",
        detail=f"not migrated: {sentence}",
        fix=how_to_migrate(access),
    )


def migrated(access: Access, version: JsonObject) -> Finding:
    check = f"{title(access)} migrations"
    steps = compare(shipped(), checksums(version))
    named = {
        state: ", ".join(step.name for step in steps if step.state == state)
        for state in ("pending", "changed", "unknown")
    }
    if named["changed"]:
        fix = "Put these files back as they were, or install the version of registre-pool that applied them."
        return Finding(
            check=check,
            grade="failure",
            detail=f"edited after they were applied: {named['changed']}",
            fix=fix,
        )
    if named["pending"]:
        detail = f"not applied: {named['pending']}"
        return Finding(check=check, grade="failure", detail=detail, fix=how_to_migrate(access))
    if named["unknown"]:
        detail = f"applied by a newer version: {named['unknown']}"
        return Finding(check=check, grade="warning", detail=detail, fix="Update registre-pool on this host.")
    return Finding(check=check, grade="ok", detail=f"{len(steps)} applied")


def role(name: str, version: JsonObject) -> Finding:
    found = record(version, "role")
    detail = f"calls run as {text(found, 'name')}"
    if found.get("bypass_row_security") is True:
        return Finding(check=f"{name} role", grade="ok", detail=detail)
    return Finding(
        check=f"{name} role",
        grade="failure",
        detail=f"{detail}, which row security stops",
        fix="Connect as postgres, as a login that is granted service_role, or with the service_role key.",
    )


def doors(name: str, version: JsonObject) -> Finding:
    opened = [text(one, "name") for one in records(version, "doors") if strings(one, "open_to")]
    if not opened:
        return Finding(
            check=f"{name} doors", grade="ok", detail="anon and authenticated reach nothing of the pool"
        )
    return Finding(
        check=f"{name} doors",
        grade="failure",
        detail=f"open to anon or authenticated: {', '.join(opened)}",
        fix="As the owner: select public.pool_close_doors();",
    )


def columns(name: str, version: JsonObject) -> Finding:
    """Of the product's tables: what our functions use must be there; more is only said."""
    check, there = f"{name} columns", record(version, "tables")
    wrong = [problem for table in product.USED for problem in wrong_columns(table, record(there, table))]
    if wrong:
        fix = "Give the columns back, as migrations/pool_001_product_tables.sql has them."
        return Finding(check=check, grade="failure", detail="; ".join(wrong), fix=fix)
    more = [
        f"{table}.{column}"
        for table, used in product.USED.items()
        for column in sorted(record(there, table))
        if column not in used and column not in product.BESIDE.get(table, ())
    ]
    detail = "all that is used is there"
    if more:
        detail += f"; also there, and left alone: {', '.join(more)}"
    return Finding(check=check, grade="ok", detail=detail)


def wrong_columns(table: str, there: JsonObject) -> Iterator[str]:
    if not there:
        yield f"{table} is missing"
        return
    for column, types in product.USED[table].items():
        found = text(record(there, column), "type")
        if not found:
            yield f"{table}.{column} is missing"
        elif found not in types:
            yield f"{table}.{column} is {found} instead of {types[0]}"


def triggers(name: str, version: JsonObject) -> Finding:
    """Ours; without them nothing hints at work, and the predecessor's resets reach leased rows."""
    there = {
        (text(one, "table").rpartition(".")[2], text(one, "name")) for one in records(version, "triggers")
    }
    missing = [
        f"{table}.{trigger}"
        for table, ours in product.TRIGGERS.items()
        for trigger in sorted(ours)
        if (table, trigger) not in there
    ]
    if not missing:
        return Finding(check=f"{name} triggers", grade="ok", detail="the guard and the hints are there")
    return Finding(
        check=f"{name} triggers",
        grade="failure",
        detail=f"missing: {', '.join(missing)}",
        fix="Make them again, as migrations/pool_011_events.sql does.",
    )


def predecessor(name: str, version: JsonObject) -> Finding:
    """Where rdprm_searches has updated_at, its error handler puts a failed search back, paid or not."""
    beside = record(version, "settings").get("predecessor_beside") is not False
    if beside and "updated_at" in record(record(version, "tables"), "rdprm_searches"):
        return Finding(
            check=f"{name} guard",
            grade="warning",
            detail="rdprm_searches has updated_at: the predecessor repeats a paid search that failed",
            fix="Stop its RDPRM worker; once nothing of it runs, set predecessor_beside = false.",
        )
    detail = "resets of leased rows are passed over" if beside else "off: nothing else works on these rows"
    return Finding(check=f"{name} guard", grade="ok", detail=detail)


def told(access: Access, settings: Settings, version: JsonObject) -> Finding:
    """Whether the database was told what this host would tell it."""
    check, there = f"{title(access)} settings", record(version, "settings")
    here = configuration(settings, access.settings, day_of(datetime.now(UTC)))
    differing = [
        f"{key} is {there[key]} there and {value} here"
        for key, value in here.items()
        if key in there and there[key] != value
    ]
    if differing:
        return Finding(
            check=check,
            grade="warning",
            detail="; ".join(differing),
            fix="The pool that starts or reloads last decides: give every host the same settings.",
        )
    return Finding(
        check=check,
        grade="ok",
        detail="as on this host" if there else "nothing was told yet: a pool does that",
    )
