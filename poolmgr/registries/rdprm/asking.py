"""From the name to the paid answer: the price is read, the click is committed, then it is made."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from poolmgr.domain.errors import Outage, SessionEnded, SiteChanged, SiteDown
from poolmgr.domain.json import Json, JsonObject, record, text
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.browser.steps import step
from poolmgr.registries.rdprm import names
from poolmgr.registries.rdprm.looking import Key, Sight, marked, note_pressed, see
from poolmgr.registries.rdprm.session import Session

Press: TypeAlias = Callable[[float], Awaitable[None]]
"""Presses the button, within so many seconds or not at all."""

Pay: TypeAlias = Callable[[int, Press], Awaitable[None]]
"""Given the price in cents: commits that the click is about to be made, then has it made.

Raises before it when it may not be. A price of 0 is not known: what was reserved counts."""

MOST_QUESTIONS = 2
"""After the first press: the manual and the program before this one know of one more question."""

ANSWERS: tuple[Sight, ...] = ("confirm", "print", "nothing", "login")


@dataclass
class Asking:
    """One search on its way. cents: what the site asked for it; trail: what people may want to know later."""

    session: Session
    name: str
    reference: str
    cents: int = 0
    trail: list[Json] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        return self.session.screen

    async def offered(self, form: JsonObject) -> JsonObject:
        """What the site asks before it searches; nothing is paid yet.

        Raises SiteDown, SiteChanged, SessionEnded, TurnedAway, BrowserLost.
        """
        await self.fill(form)
        return await self.search()

    async def ask(self, found: JsonObject, pay: Pay) -> bool:
        """Whether something was found; its result is shown when this returns. `found`: what was offered.

        Before the paid click raises SiteChanged, SiteDown, BrowserLost, or what `pay` raises; after it one of
        those when the answer is none that is known: it may have been paid.
        """
        if "confirm" in found:
            self.cents = self.price(found)
            await self.check_price()
            await self.confirm(pay)
            found = await self.answered()
        else:
            # Nobody asked, and it was searched: that may be paid like any other.
            self.trail.append({"confirmed": "the site did not ask"})
            await pay(0, nothing_to_press)
        return "print" in found

    async def fill(self, form: JsonObject) -> None:
        """The name as it is written, and the reference where the form has a field for it."""
        await self.type_into("organisation", self.name)
        if form.get("reference"):
            await self.type_into("reference", self.reference)
        self.trail.append(
            {"asked": self.name, "reference": self.reference if form.get("reference") else None}
        )

    async def type_into(self, key: Key, value: str) -> None:
        """Raises SiteChanged when the field does not keep what was typed."""
        place = marked(self.screen, key)
        async with step(f"Filling the field {key}", self.screen.seconds):
            await place.fill(value)
            await place.blur()
            kept = await place.input_value()
        if kept.strip() != value.strip():
            raise SiteChanged(f"The field {key} made « {kept[:80]} » of « {value[:80]} ».")

    async def search(self) -> JsonObject:
        """This is free: the site says the cost, and asks. Raises SiteChanged for a button that it lacks."""
        button = await self.screen.saying(names.SEARCH)
        if button is None:
            raise self.screen.lacks(names.SEARCH)
        await self.screen.press(button, names.SEARCH.what)
        found = await see(
            self.screen,
            "The question about the cost",
            *ANSWERS,
            settle_seconds=self.session.rdprm.settle_seconds,
        )
        if "login" in found:
            raise SessionEnded("The site asks for the account again.")
        return found

    def price(self, found: JsonObject) -> int:
        """The highest that stands beside the button, in cents. Raises SiteChanged when none does."""
        asked = record(found, "confirm")
        said = f"{text(asked, 'text')} {text(asked, 'label')}"
        amounts = prices(said)
        if not amounts:
            raise SiteChanged(
                f"The site asks to confirm without saying a price: « {said[:200]} ». Nothing was confirmed.",
                advice=f"If the site has changed, {names.WHERE} is the one file to change.",
            )
        return max(amounts)

    async def check_price(self) -> None:
        """Raises SiteChanged for one above the highest: nothing is confirmed, « Annuler » is pressed."""
        most = self.session.rdprm.max_price_cents
        if self.cents <= most:
            return
        try:
            button = await self.screen.saying(names.CANCEL)
            if button is not None:
                await self.screen.press(button, names.CANCEL.what)
        except Outage:
            pass  # what is not confirmed is not bought
        raise SiteChanged(
            f"A search costs {money(self.cents)}, more than {money(most)}: nothing was confirmed.",
            advice="If that is the price now, raise rdprm.max_price_cents, and rdprm.price_cents with it.",
        )

    async def confirm(self, pay: Pay) -> None:
        """The first press counts as the paid one."""
        button = marked(self.screen, "confirm")
        await self.screen.check_label(button, names.CONFIRM)
        await self.screen.make_sure(button, names.CONFIRM.what)
        await note_pressed(self.screen, "confirm")
        await pay(self.cents, lambda seconds: self.screen.press(button, names.CONFIRM.what, seconds))
        self.trail.append({"confirmed": money(self.cents)})

    async def answered(self) -> JsonObject:
        """The result, by way of the second question where there is one. Raises SiteDown."""
        for _ in range(MOST_QUESTIONS):
            found = await self.next_answer()
            if "login" in found:
                raise SiteDown("The session was over before the result came: the search may be paid.")
            if "print" in found or "nothing" in found:
                return found
            await self.confirm_again(found)
        raise SiteDown("The site asked to confirm again and again: the search may be paid.")

    async def next_answer(self) -> JsonObject:
        return await see(
            self.screen,
            "The answer of the search",
            *ANSWERS,
            seconds=self.session.registre.answer_seconds,
            late=True,
            settle_seconds=self.session.rdprm.settle_seconds,
        )

    async def confirm_again(self, found: JsonObject) -> None:
        """Raises SiteDown for a question that asks more than the first did."""
        asked = record(found, "confirm")
        amounts = prices(f"{text(asked, 'text')} {text(asked, 'label')}")
        if amounts and max(amounts) > self.cents:
            raise SiteDown(
                f"After {money(self.cents)} the site asks {money(max(amounts))}: not confirmed. "
                "The search may be paid."
            )
        button = marked(self.screen, "confirm")
        await note_pressed(self.screen, "confirm")
        await self.screen.press(button, names.CONFIRM.what)
        self.trail.append({"confirmed": "again"})


async def nothing_to_press(_: float) -> None:
    """The site has acted by itself."""


def prices(said: str) -> list[int]:
    """Every amount in dollars of a text, in cents."""
    found = re.findall(names.PRICE, said)
    return [int(re.sub(r"[^0-9]", "", one)) for one in found]


def money(cents: int) -> str:
    return f"{cents / 100:.2f} CAD"
