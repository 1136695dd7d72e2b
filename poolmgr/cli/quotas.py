"""The limits of paid models, as a child or a command keeps to them. Nothing is opened before first use."""

from collections.abc import Sequence

from poolmgr.cli.environments import LOCAL, Access
from poolmgr.config.settings import Settings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.quota import Limit, Quota
from poolmgr.domain.rates import Pricing
from poolmgr.stores.costs import DatabaseCosts
from poolmgr.stores.quota.alone import AloneQuota
from poolmgr.stores.quota.shared import Place, SharedQuota
from poolmgr.stores.redis import RedisScripts
from poolmgr.telemetry.events import emit
from poolmgr.workers.spending import PaidQuota, Spending

ALONE = 0.5
"""Of its part a process takes so much while it hears nothing of others: they may be more than expected."""


def limit(settings: Settings) -> Limit:
    return Limit(requests=settings.quota.requests_a_minute, tokens=settings.quota.tokens_a_minute)


def place(settings: Settings, model: str, environments: Sequence[EnvironmentName]) -> Place:
    return Place(
        project=settings.quota.project,
        model=model,
        limit=limit(settings),
        environments=environments,
        others_percent=settings.quota.others_percent,
    )


def quota(settings: Settings, model: str, environments: Sequence[EnvironmentName]) -> Quota:
    """In Redis where one is configured; else each process has its part of the limit, whole."""
    processes = settings.redis.hosts_expected * max(1, settings.ocr.children)
    if not settings.redis.url.get_secret_value():
        return AloneQuota(limit(settings).part(1 / processes))
    return SharedQuota(
        RedisScripts(settings.redis.url, timeout_seconds=settings.redis.timeout_seconds),
        place(settings, model, environments),
        AloneQuota(limit(settings).part(ALONE / processes)),
        lambda error: emit("quota.alone" if error else "quota.shared", error=error),
    )


def meters(
    settings: Settings, models: Sequence[str], environments: Sequence[EnvironmentName]
) -> list[SharedQuota]:
    """To be looked at only. None without a Redis: there is nothing that is shared."""
    if not settings.redis.url.get_secret_value():
        return []
    scripts = RedisScripts(settings.redis.url, timeout_seconds=settings.redis.timeout_seconds)
    return [
        SharedQuota(scripts, place(settings, model, environments), AloneQuota(limit(settings)), silent)
        for model in models
    ]


def silent(_: str) -> None:
    """Who only looks has nothing to say of it."""


def costs(accesses: Sequence[Access], settings: Settings) -> dict[EnvironmentName, DatabaseCosts]:
    return {access.name: DatabaseCosts(access.database(settings.queue)) for access in accesses}


def pricing(settings: Settings) -> Pricing:
    chosen = settings.quota
    return Pricing(usd_to_cad=chosen.usd_to_cad, input_usd=chosen.input_usd, output_usd=chosen.output_usd)


def spending(settings: Settings, accesses: Sequence[Access]) -> Spending:
    """One a process, whatever the number of models. To be closed before the event loop ends."""
    return Spending(
        costs(accesses, settings),
        pricing(settings),
        cad_a_day=settings.quota.cad_a_day,
        look_seconds=settings.quota.ledger_seconds,
        say=lambda name, error: emit(
            "cost.unanswered" if error else "cost.answered", environment=name, error=error
        ),
    )


def paid(settings: Settings, model: str, accesses: Sequence[Access], spent: Spending) -> PaidQuota:
    names = [access.name for access in accesses] or [LOCAL]
    return PaidQuota(quota(settings, model, names), spent, model)
