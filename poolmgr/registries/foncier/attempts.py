"""One order, asked for under one name after another until the site has its document."""

from dataclasses import dataclass, field

from poolmgr.domain.errors import NotFound, NotSold, SessionEnded
from poolmgr.domain.fallbacks import MOST_ASKED
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.orders import LandOrder
from poolmgr.registries.foncier.asking import Asking, Payer
from poolmgr.registries.foncier.forms import FORMS, fill
from poolmgr.registries.foncier.session import Session


@dataclass
class Attempts:
    """tried: what the site said it does not have; trail: what was asked, and what came of it.

    Another name is asked for only when the site said, before any payment, that it has none under the last:
    each is a purchase of its own, and the one before is closed first.
    """

    session: Session
    order: LandOrder
    payer: Payer
    tried: list[LandOrder] = field(default_factory=list)
    trail: list[Json] = field(default_factory=list)

    async def until_found(self) -> LandOrder:
        """The order as the site knows it; its document's page is there.

        Raises what `forms.fill` and `Asking.ask` raise.
        """
        missing = NotFound("Nothing was asked for.", evidence={})
        asked = await self.next_filled()
        while asked is not None:
            try:
                await self.ask(asked)
            except NotFound as error:
                missing = error
            except NotSold as error:
                raise self.told(error) from None
            else:
                return asked
            self.tried.append(asked)
            await self.payer.not_sold(missing)
            asked = await self.next_filled() if len(self.tried) < MOST_ASKED else None
        raise self.told(missing)

    async def ask(self, asked: LandOrder) -> None:
        self.trail.append({"asked": described(asked)})
        asking = Asking(self.session.screen, asked, self.session.registre.answer_seconds)
        try:
            await asking.ask(FORMS[asked.source], self.payer)
        except NotSold as error:
            asking.trail.append({"not sold": error.sentence})
            raise
        finally:
            self.trail.extend(asking.trail)

    async def next_filled(self) -> LandOrder | None:
        """The search page, filled with the next name; None when there is no other. A session that is over is
        opened again, once for each page."""
        try:
            return await self.filled()
        except SessionEnded:
            await self.session.log_in()
            return await self.filled()

    async def filled(self) -> LandOrder | None:
        form = FORMS[self.order.source]
        await self.session.open_search(form.address, form.title)
        return await fill(self.session.screen, form, self.order, self.tried)

    def told(self, error: NotSold) -> NotSold:
        """With all that was asked before."""
        error.trail = self.trail
        if len(self.tried) > 1:
            error.sentence += (
                f" Asked for under {len(self.tried)} names: {'; '.join(map(name_of, self.tried))}."
            )
        return error


def described(asked: LandOrder) -> JsonObject:
    """What was asked, in the site's own names."""
    return {name: value for name, value in vars(asked).items() if value}


def name_of(asked: LandOrder) -> str:
    """What tells one name of an order from another."""
    return asked.acte_type or ", ".join(filter(None, (asked.cadastre, asked.designation)))
