"""Notarial deeds: parties, designation, price, a small ruled table, signatures, in numbered sections."""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

from poolmgr.local.samples import clauses
from poolmgr.local.samples.deed import Block, Deed, Heading, Paragraph, Signatures, Subject, Table
from poolmgr.local.samples.inscriptions import day_of
from poolmgr.local.samples.people import (
    LENDERS,
    MONTHS,
    UTILITIES,
    WOMEN,
    draw_address,
    draw_person,
    write_amount,
    write_tens,
    write_thousands,
)


def write_day(day: date) -> str:
    number = "premier" if day.day == 1 else write_tens(day.day)
    return f"L’an deux mille {write_tens(day.year - 2000)}, le {number} {MONTHS[day.month - 1]}."


def identify(rng: Random, subject: Subject, role: str) -> tuple[str, Paragraph]:
    """A person's name, and the paragraph that makes them a party."""
    name = draw_person(rng)
    address = draw_address(rng, subject.place.town)
    e = "e" if name.split(" ")[0] in WOMEN else ""
    text = f"{name}, domicilié{e} au {address} ; ci-après nommé{e} « {role} »."
    return name, Paragraph(text=text, indent=22)


def designate(subject: Subject, rng: Random) -> list[Block]:
    place = subject.place
    text = (
        f"Un immeuble connu et désigné comme étant le lot numéro {subject.lot}, {place.cadastre}, dans la "
        f"circonscription foncière de {place.circonscription} ; avec le bâtiment dessus érigé, "
        f"circonstances et dépendances, et dont l’adresse est : {draw_address(rng, place.town)}."
    )
    return [Heading(text="Désignation"), Paragraph(text=text, indent=22)]


def open_deed(subject: Subject, nature: str) -> list[Block]:
    place = subject.place
    before = (
        f"Devant Me {subject.notary}, notaire à {place.town}, province de Québec, est reçu le présent acte "
        f"de {nature}."
    )
    return [Paragraph(text=write_day(subject.signed)), Paragraph(text=before), Heading(text="Comparaissent")]


def close_deed(subject: Subject, names: Sequence[str]) -> Signatures:
    text = (
        f"Dont acte à {subject.place.town}, sous le numéro {subject.minute} des minutes du notaire "
        "soussigné. Lecture faite, les parties signent en présence du notaire."
    )
    return Signatures(closing=text, names=(*names, f"{subject.notary}, notaire"))


def publish(rng: Random, subject: Subject) -> tuple[str, ...]:
    """The lines of the register's stamp."""
    clock = f"{rng.randrange(9, 16):02}:{rng.randrange(10, 60)}"
    return (
        f"Circonscription foncière : {subject.place.circonscription}",
        f"Numéro d’inscription : {subject.number}",
        f"Date de présentation : {day_of(int(subject.number))} {clock}",
    )


def draft(
    rng: Random,
    subject: Subject,
    title: str,
    *,
    opening: Sequence[Block],
    names: Sequence[str],
    first: Sequence[str] = (),
    further: Sequence[str] = (),
    table: Table,
) -> Deed:
    return Deed(
        title=title,
        minute=f"Minute : {subject.minute}",
        published=publish(rng, subject),
        opening=tuple(opening),
        first=tuple(first),
        further=tuple(rng.sample(further, len(further))),
        closing=(table, close_deed(subject, names)),
    )


def draft_sale(rng: Random, subject: Subject) -> Deed:
    seller, sells = identify(rng, subject, "le vendeur")
    buyer, buys = identify(rng, subject, "l’acquéreur")
    thousands = rng.randrange(95, 880)
    price = (
        f"Cette vente est faite pour le prix de {write_thousands(thousands)} dollars "
        f"({write_amount(thousands * 1000)}), que le vendeur reconnaît avoir reçu, dont quittance totale."
    )
    opening = [
        *open_deed(subject, "vente"),
        sells,
        buys,
        Heading(text="Objet du contrat"),
        Paragraph(text="Le vendeur vend à l’acquéreur, qui accepte, l’immeuble dont la désignation suit :"),
        *designate(subject, rng),
        Heading(text="Prix"),
        Paragraph(text=price, indent=22),
        Heading(text="Déclarations et obligations"),
    ]
    duty = thousands * 10 - 700
    table = Table(
        heading="Mentions exigées par la loi sur les droits de mutation",
        rows=(
            ("Mention", "Valeur"),
            ("Montant de la contrepartie", write_amount(thousands * 1000)),
            ("Base d’imposition du droit de mutation", write_amount(thousands * 1000)),
            ("Montant du droit de mutation", write_amount(duty)),
            ("Municipalité", subject.place.town),
        ),
    )
    return draft(
        rng,
        subject,
        "Vente",
        opening=opening,
        names=(seller, buyer),
        first=clauses.SALE_TITLE,
        further=clauses.SALE_FURTHER,
        table=table,
    )


def draft_release(rng: Random, subject: Subject) -> Deed:
    _, owes = identify(rng, subject, "le débiteur")
    lender, ended = rng.choice(LENDERS), str(int(subject.number) - rng.randrange(300_000, 2_000_000))
    officer = draw_person(rng)
    thousands = rng.randrange(60, 420)
    opening = [
        *open_deed(subject, "quittance et mainlevée"),
        Paragraph(
            text=f"{lender}, personne morale, agissant par la personne de {officer}, dûment "
            "autorisée ; ci-après nommée « le créancier ».",
            indent=22,
        ),
        owes,
        Heading(text="Quittance"),
        Paragraph(
            text=f"Le créancier reconnaît avoir reçu du débiteur toutes les sommes qui lui étaient dues en "
            f"vertu de l’acte d’hypothèque publié sous le numéro {ended}, et lui en donne quittance "
            "totale et finale, sur l’immeuble suivant :",
        ),
        *designate(subject, rng),
        Heading(text="Mainlevée"),
    ]
    table = Table(
        heading="Inscription visée",
        rows=(
            ("Inscription à radier", "Nature", "Montant"),
            (ended, "Hypothèque", write_amount(thousands * 1000)),
        ),
    )
    return draft(
        rng,
        subject,
        "Quittance et mainlevée",
        opening=opening,
        names=(officer,),
        first=clauses.RELEASE,
        further=clauses.RELEASE_FURTHER,
        table=table,
    )


def draw_metres(rng: Random) -> str:
    return f"{rng.randrange(12, 60)},{rng.randrange(10, 99)} m"


def draft_servitude(rng: Random, subject: Subject) -> Deed:
    owner, grants = identify(rng, subject, "le cédant")
    utility, officer = rng.choice(UTILITIES), draw_person(rng)
    opening = [
        *open_deed(subject, "servitude"),
        grants,
        Paragraph(
            text=f"{utility}, personne morale légalement constituée, représentée par la personne de "
            f"{officer} ; ci-après nommée « le cessionnaire ».",
            indent=22,
        ),
        Heading(text="Constitution"),
        Paragraph(
            text="Le cédant constitue en faveur du cessionnaire une servitude réelle et perpétuelle sur une "
            "partie du fonds servant, dont la désignation suit :"
        ),
        *designate(subject, rng),
        Heading(text="Conditions"),
    ]
    table = Table(
        heading="Assiette de la servitude",
        rows=(
            ("Borne", "Direction", "Longueur"),
            ("Vers le nord-est", f"N {rng.randrange(11, 80)} E", draw_metres(rng)),
            ("Vers le sud-ouest", f"S {rng.randrange(11, 80)} O", draw_metres(rng)),
        ),
    )
    return draft(
        rng,
        subject,
        "Servitude",
        opening=opening,
        names=(owner, officer),
        further=clauses.SERVITUDE_FURTHER,
        table=table,
    )


def draft_notice(rng: Random, subject: Subject) -> Deed:
    lender, owner = rng.choice(LENDERS), draw_person(rng)
    loan = str(int(subject.number) - rng.randrange(10, 90))
    opening = [
        *open_deed(subject, "dépôt d’un avis d’adresse"),
        Paragraph(
            text=f"{lender}, titulaire, ayant son siège au {draw_address(rng, subject.place.town)}.",
            indent=22,
        ),
        Heading(text="Droit visé"),
        Paragraph(
            text=f"L’hypothèque publiée sous le numéro {loan}, consentie par {owner}, sur l’immeuble dont la "
            "désignation suit :"
        ),
        *designate(subject, rng),
        Heading(text="Avis"),
    ]
    table = Table(
        heading="Inscription visée",
        rows=(("Numéro de l’avis", "Inscription"), (str(rng.randrange(6_012_000, 6_890_000)), loan)),
    )
    return draft(
        rng,
        subject,
        "Avis d’adresse",
        opening=opening,
        names=(draw_person(rng),),
        further=clauses.NOTICE_FURTHER,
        table=table,
    )


# the words are those of `extraction_queue.acte_type`
DRAFTS: dict[str, Callable[[Random, Subject], Deed]] = {
    "Acte": draft_sale,
    "Radiation": draft_release,
    "Acte divers": draft_servitude,
    "Avis d'adresse": draft_notice,
}
