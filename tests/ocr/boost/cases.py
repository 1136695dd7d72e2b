"""For each of the sixty rules a row on which it decides, and one nearly the same on which it must not."""

from dataclasses import dataclass

from poolmgr.ocr.index.model import Party, Row
from tests.ocr.boost.rows import (
    BMO,
    CN,
    HYDRO,
    MORTGAGE,
    MTQ,
    PERSON,
    PLAN,
    RBC,
    SERVITUDE,
    SPOUSE,
    TOWN,
    named,
    row,
    undecided,
    unread,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """rule: its number. becomes: the nature that it decides for, or the party's name that it puts right."""

    rule: int
    becomes: str
    yes: Row
    no: Row
    before: tuple[Row, ...] = ()


def sale(*parties: Party, **columns: str) -> Row:
    return undecided("Vente", "Servitude", *parties, **columns)


def loan(*parties: Party, **columns: str) -> Row:
    return undecided("Vente", "Hypothèque", *parties, **columns)


def release(*parties: Party, **columns: str) -> Row:
    return undecided("Vente", "Quittance", *parties, **columns)


def servitude(rule: int, yes: Row, no: Row, *before: Row) -> Case:
    return Case(rule=rule, becomes="Servitude", yes=yes, no=no, before=before)


def mortgage(rule: int, yes: Row, no: Row, *before: Row) -> Case:
    return Case(rule=rule, becomes="Hypothèque", yes=yes, no=no, before=before)


def quittance(rule: int, yes: Row, no: Row, *before: Row) -> Case:
    return Case(rule=rule, becomes="Quittance", yes=yes, no=no, before=before or (MORTGAGE,))


SCHOOL = Party(name="Commission scolaire des Phares")
NATURE_BODY = Party(name="Conservation de la nature – Québec")
BELL = Party(name="Bell Canada")
INVESTOR = Party(name="Caisse de dépôt et placement du Québec")
BUILDER = Party(name="Immeubles Laurier inc.")
CONDOMINIUM = Party(name="Syndicat de la copropriété Les Pins")
ELECTRIC = Party(name="Hydro-Sherbrooke")
LENDER, BORROWER = named("Créancier", RBC), named("Débiteur", PERSON)
CITED, UNKNOWN = "T 770 292", "T 999 999"
LOWERED_BY_PLAN = undecided("Vente", "Dépôt de plan", SPOUSE, remarks="Plan no 55")

NATURES = [
    servitude(1, sale(HYDRO, PERSON), sale(SPOUSE, PERSON)),
    servitude(2, sale(HYDRO, remarks="Poteaux et ancrages"), sale(HYDRO, remarks="Partie du lot")),
    Case(
        rule=3,
        becomes="Modification de servitude",
        yes=row("Modification", HYDRO, confidence=0.5),
        no=row("Modification", PERSON, confidence=0.5),
    ),
    servitude(4, sale(HYDRO, number="770 400"), sale(HYDRO, number="40")),
    servitude(5, sale(ELECTRIC, remarks="Poteaux"), sale(PERSON, remarks="Poteaux")),
    servitude(6, sale(PERSON, remarks="Appareillage de mesurage"), sale(PERSON, remarks="Arpentage")),
    servitude(7, undecided("Emprise", "Servitude", MTQ), undecided("Emprise", "Servitude", PERSON)),
    servitude(8, sale(CN, PERSON), sale(PERSON)),
    servitude(
        9,
        undecided("Cession", "Servitude", TOWN, remarks="Droit de passage"),
        undecided("Cession", "Servitude", PERSON, remarks="Droit de passage"),
    ),
    mortgage(10, loan(RBC), loan(BMO)),
    mortgage(11, loan(RBC, remarks="85 000 $"), loan(RBC, remarks="850 mètres")),
    mortgage(12, loan(RBC, PERSON), loan(RBC, BMO, PERSON)),
    quittance(13, release(RBC, radiations=CITED), release(BMO, radiations=CITED)),
    mortgage(14, loan(BMO, remarks="85 000,00 $"), loan(BMO)),
    quittance(
        15,
        undecided("Hypothèque", "Quittance", RBC, radiations=CITED),
        undecided("Hypothèque", "Quittance", BMO, radiations=CITED),
    ),
    Case(
        rule=16,
        becomes="Cession d’hypothèque",
        yes=unread(BMO, remarks="Cession de rang"),
        no=unread(BMO, remarks="Cession"),
    ),
    mortgage(
        17,
        loan(INVESTOR, BUILDER, remarks="2 500 000 $"),
        loan(INVESTOR, BUILDER, remarks="250 000 $"),
    ),
    servitude(18, sale(TOWN, remarks="Conduite d’égout"), sale(PERSON, remarks="Conduite d’égout")),
    servitude(19, sale(TOWN, remarks="Élargissement"), sale(TOWN, remarks="Taxes")),
    Case(
        rule=20,
        becomes="Servitude de passage",
        yes=undecided("Vente", "Servitude de passage", SCHOOL, remarks="Accès à l’école"),
        no=undecided("Vente", "Servitude de passage", PERSON, remarks="Accès à l’école"),
    ),
    servitude(21, sale(NATURE_BODY), sale(PERSON)),
    servitude(22, sale(MTQ, remarks="Bretelle de l’échangeur"), sale(MTQ, remarks="Terrain")),
    servitude(23, sale(BELL, remarks="Câble souterrain"), sale(PERSON, remarks="Câble souterrain")),
    servitude(24, sale(TOWN, remarks="Servitude réelle"), sale(PERSON, remarks="Servitude réelle")),
    mortgage(25, loan(BMO, remarks="Prêt"), loan(BMO, remarks="Quittance du prêt")),
    quittance(
        26,
        release(RBC, remarks="Libération, inscription n° 770 292"),
        release(RBC, remarks="Inscription n° 770 292"),
    ),
    Case(
        rule=27,
        becomes="Modification de servitude",
        yes=unread(PERSON, remarks="Modifie l’assiette"),
        no=unread(PERSON, remarks="Assiette"),
        before=(SERVITUDE,),
    ),
    Case(
        rule=28,
        becomes="Dépôt de plan",
        yes=LOWERED_BY_PLAN,
        no=undecided("Vente", "Dépôt de plan", SPOUSE, remarks="No 55"),
    ),
    mortgage(34, loan(LENDER, BORROWER), loan(LENDER, PERSON)),
    servitude(
        34,
        sale(named("Cédant", PERSON), named("Cessionnaire", BELL)),
        sale(named("Cédant", PERSON), named("Cessionnaire", SPOUSE)),
    ),
    Case(
        rule=35,
        becomes="Vente",
        yes=undecided("Servitude", "Vente", named("Vendeur", PERSON), named("Acheteur", SPOUSE)),
        no=undecided(
            "Servitude",
            "Vente",
            named("Vendeur", PERSON),
            named("Acheteur", SPOUSE),
            remarks="Droit de passage",
        ),
    ),
    Case(
        rule=36,
        becomes="Correction",
        yes=undecided("Vente", "Correction", named("Requérant", PERSON)),
        no=undecided("Vente", "Correction", named("Vendeur", PERSON)),
        before=(SERVITUDE,),
    ),
    Case(
        rule=37,
        becomes="Déclaration de copropriété",
        yes=unread(CONDOMINIUM, remarks="Règlement d’immeuble"),
        no=unread(CONDOMINIUM, remarks="Toiture"),
    ),
    quittance(38, release(PERSON, radiations=CITED), release(PERSON, radiations=UNKNOWN)),
    quittance(39, release(RBC, remarks="Dette payée"), release(RBC, remarks="Dette payée", radiations="T 9")),
    Case(
        rule=41,
        becomes="Dépôt de plan",
        yes=undecided("Vente", "Dépôt de plan", SPOUSE, date="1995-06-01"),
        no=undecided("Vente", "Dépôt de plan", SPOUSE, date="2001-06-01"),
        before=(PLAN,),
    ),
    servitude(42, sale(HYDRO, PERSON, date="1970-01-02"), sale(HYDRO, PERSON, date="1999-01-02")),
    mortgage(43, unread(BMO), unread(PERSON)),
    servitude(44, unread(CN), unread(PERSON)),
    mortgage(45, row("Mutation", BMO, confidence=0.5), row("Mutation", PERSON, confidence=0.5)),
    servitude(46, sale(HYDRO, remarks="Pylônes"), sale(HYDRO)),
    mortgage(47, loan(BMO, PERSON), loan(BMO, BUILDER)),
    servitude(48, sale(TOWN, PERSON), sale(TOWN, BUILDER)),
    servitude(49, sale(BELL, CN), sale(BELL, PERSON)),
    mortgage(
        50,
        loan(BMO, number="770 400", remarks="85 000 $"),
        loan(BMO, number="7", remarks="85 000 $"),
    ),
    quittance(
        51,
        release(RBC, PERSON, radiations=CITED),
        release(PERSON, Party(name="Caron, Luc"), radiations=UNKNOWN),
    ),
    servitude(52, sale(HYDRO), sale(PERSON)),
    servitude(53, sale(MTQ), sale(PERSON)),
    mortgage(54, loan(RBC), loan(BMO)),
    mortgage(55, unread(BMO, PERSON), unread(Party(name="Bamque de Montréaf"), PERSON)),
    servitude(56, unread(HYDRO), unread(Party(name="Hydru-Québeck"))),
    servitude(57, unread(HYDRO, remarks="Ligne électrique"), unread(HYDRO, remarks="Ligne électrique 500 $")),
    mortgage(58, unread(LENDER, BORROWER, remarks="9 000 $"), unread(LENDER, PERSON, remarks="9 000 $")),
    quittance(59, unread(RBC, radiations=CITED), unread(RBC, radiations=UNKNOWN)),
    servitude(60, sale(BELL), sale(BELL, PERSON)),
]
NAMES = [
    Case(
        rule=6,
        becomes="Hydro-Québec",
        yes=row("Servitude", Party(name="Hydra Québoc"), remarks="Mesurage"),
        no=row("Servitude", Party(name="Hydra Québoc"), remarks="Arpentage"),
    ),
    Case(
        rule=29,
        becomes="Banque Nationale du Canada",
        yes=row("Hypothèque", Party(name="Blanche Nationale")),
        no=row("Vente", Party(name="Blanche Nationale")),
    ),
    Case(
        rule=30,
        becomes="Hydro-Québec",
        yes=row("Servitude", Party(name="Hedro Quebee"), remarks="Poteaux"),
        no=row("Servitude", Party(name="Hedro Quebee"), remarks="Passage à pied"),
    ),
    Case(
        rule=31,
        becomes="Banque Royale du Canada",
        yes=row("Hypothèque", Party(name="RBO"), remarks="85 000 $"),
        no=row("Hypothèque", Party(name="RBO")),
    ),
    Case(
        rule=32,
        becomes="Ministère des Transports du Québec",
        yes=row("Servitude", Party(name="Ministère du Transport Québec"), remarks="Emprise"),
        no=row("Servitude", Party(name="Ministère du Transport Québec"), remarks="Bail"),
    ),
    Case(
        rule=33,
        becomes="Conservation de la nature – Québec",
        yes=row("Servitude", Party(name="Conservation de la mature Québec"), remarks="Conservation"),
        no=row("Servitude", Party(name="Conservation de la mature Québec"), remarks="Terrain"),
    ),
    Case(
        rule=52,
        becomes="Hydro-Québec",
        yes=row("Servitude", Party(name="H.Q.")),
        no=row("Servitude", Party(name="HK")),
    ),
    Case(
        rule=53,
        becomes="Ministère des Transports du Québec",
        yes=row("Servitude", Party(name="Min. Transp.")),
        no=row("Servitude", Party(name="Ministère des Terres")),
    ),
    Case(
        rule=54,
        becomes="Banque Royale du Canada",
        yes=row("Hypothèque", Party(name="Royal Bank")),
        no=row("Hypothèque", Party(name="Royal Pizza")),
    ),
]
"""Rules about who a party is."""

QUESTIONS = [
    Case(
        rule=40,
        becomes="",
        yes=row("Hypothèque", BMO, radiations="Réf. 770 292"),
        no=row("Hypothèque", BMO, radiations="T 770 292"),
    )
]
