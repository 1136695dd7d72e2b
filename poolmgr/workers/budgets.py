"""The day's budgets of one environment, as the scout looks at them."""

from collections.abc import Collection

from poolmgr.domain.budgets import Budget, budget
from poolmgr.domain.ports import Ledger


class Budgets:
    """bought: the registries from which this machine buys here; of others a budget of nothing is no news."""

    def __init__(self, ledger: Ledger, bought: Collection[str]) -> None:
        self.ledger = ledger
        self.bought = bought

    async def look(self) -> list[Budget]:
        """Today's. Raises StoreError, StoreUnreachable."""
        lines = [budget(row) for row in await self.ledger.budgets(1)]
        return [one for one in lines if one.limit_cents > 0 or one.registry in self.bought]
