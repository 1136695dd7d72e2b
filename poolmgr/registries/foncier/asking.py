"""From the paid click to the document's page: what may come between, and what it means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from poolmgr.domain.errors import NotFound, NotSold, SiteDown
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.orders import LandOrder
from poolmgr.registries.browser.covers import uncover
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.files import is_named
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.answers import Answer, Offer, wait_for_answer
from poolmgr.registries.foncier.forms import Form
from poolmgr.registries.foncier.messages import Message, recognise
from poolmgr.registries.names import Name

Press: TypeAlias = Callable[[float], Awaitable[None]]
"""Presses the button, within so many seconds or not at all."""


class Payer(Protocol):
    """Who answers for the money of one job; orders come in the site's own names."""

    async def pay(self, asked: LandOrder, press: Press) -> None:
        """Commits that the click is about to be made, then has it made. Raises before it if it may not be."""
        ...

    async def not_sold(self, error: NotSold) -> None:
        """That click cost nothing: the next one is another purchase."""
        ...


SHOWN_CHARACTERS = 200
MOST_ANSWERS = 6
"""Choice, confirmation, choice again: no flow that was seen has more between the click and its document."""


@dataclass
class Asking:
    """One order on its way; `trail` is what people may want to know of it later."""

    screen: Screen
    order: LandOrder
    answer_seconds: float
    trail: list[Json] = field(default_factory=list)

    async def ask(self, form: Form, payer: Payer) -> None:
        """The button is pressed once; returns when the document's page is there.

        Raises NotSold when the site answered with one of its own pages without a document; NotFound when
        that says that there is none under these names.
        """
        screen = self.screen
        button = await screen.need(form.button)
        await screen.check_label(button, form.button)
        await uncover(screen, button, names.COVER)
        await screen.make_sure(button, form.button.what)
        await screen.leave()
        await payer.pay(self.order, lambda seconds: screen.press(button, form.button.what, seconds))
        await self.follow(form)

    async def follow(self, form: Form) -> None:
        for _ in range(MOST_ANSWERS):
            answer = await self.next_answer(f"The answer of {form.title}")
            if answer.document:
                return
            await self.go_on(answer)
        raise SiteDown(f"{form.title}: {MOST_ANSWERS} pages came and none was the document.")

    async def next_answer(self, what: str) -> Answer:
        """Raises SiteDown, with what the page shows instead: a person has to tell whether it was paid."""
        try:
            return await wait_for_answer(self.screen, what, self.answer_seconds)
        except SiteDown as error:
            shown = await self.screen.evidence()
            said = " ".join(str(shown["text"]).split())[:SHOWN_CHARACTERS] or "nothing"
            raise SiteDown(f"{error.sentence} The page {shown['page']} shows « {said} ».") from None

    async def go_on(self, answer: Answer) -> None:
        """To the next page. Raises NotSold, SiteDown."""
        if answer.login:
            # It may have ended on the way to a document that was sold: to ask once more could pay twice.
            raise SiteDown("The session was over before the document came: it may have been sold.")
        message = recognise(answer.message) if answer.message else None
        if answer.choice:
            await self.choose(answer.choice)
        elif answer.confirm:
            self.note({"confirmed": "a large file"})
            await self.press_on(names.CONFIRM)
        elif message and message.meaning in ("not_found", "inactive"):
            kind = NotFound if message.meaning == "not_found" else NotSold
            said = f"{message.sentence} It says: « {answer.message[:300]} »"
            raise kind(said, evidence=await self.screen.evidence())
        else:
            raise SiteDown(self.unknown(answer, message))

    def unknown(self, answer: Answer, message: Message | None) -> str:
        said = answer.message[:300] or "nothing known"
        return f"The site answered « {said} »" + (
            f": {message.sentence}" if message else ", which is not known here."
        )

    async def not_sold(self, sentence: str) -> NotSold:
        return NotSold(sentence, evidence=await self.screen.evidence())

    async def choose(self, offers: list[Offer]) -> None:
        """Of documents the first with this very number that a screen can show; of plans the latest, which
        stands last. Raises NotSold when there is none: a similar number is another document."""
        offered: list[Json] = [offer.text[:200] for offer in offers]
        suitable = [offer for offer in offers if self.suits(offer)]
        on_screen = [offer for offer in suitable if not offer.paper]
        if not suitable:
            raise await self.not_sold(f"Only other numbers are offered: {'; '.join(map(str, offered))}")
        if not on_screen:
            raise await self.not_sold(
                "The document exists on paper only: no screen of the registry shows it."
            )
        chosen = on_screen[-1 if self.order.source == "plan_cadastraux" else 0]
        entry: JsonObject = {"offered": offered, "chosen": chosen.text[:200]}
        self.note(entry)
        inputs = self.screen.page.locator('input[type="radio"], input[type="checkbox"]')
        await self.screen.press(inputs.nth(chosen.place), "choice")
        await self.press_on(names.CHOOSE)

    def note(self, entry: JsonObject) -> None:
        """Raises SiteDown for what was answered in this way before: to do it again may pay again."""
        if entry in self.trail:
            raise SiteDown(f"The site asked once more what was answered: {entry}")
        self.trail.append(entry)

    def suits(self, offer: Offer) -> bool:
        """A plan is offered by its own number and date, which nobody asked for."""
        return self.order.source == "plan_cadastraux" or is_named(self.order.number, offer.text)

    async def press_on(self, name: Name) -> None:
        button = await self.screen.need(name)
        await self.screen.check_label(button, name)
        await uncover(self.screen, button, names.COVER)
        await self.screen.leave()
        await self.screen.press(button, name.what)
