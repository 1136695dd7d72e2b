"""The three search forms: what is filled in, and the page that shows it again after each reload."""

from dataclasses import dataclass
from html import escape

from poolmgr.local.replica import places
from poolmgr.local.replica.asked import Asked, Source, plain_number
from poolmgr.local.replica.doors import bar
from poolmgr.local.replica.markup import (
    button,
    form,
    hidden,
    label,
    message,
    page,
    radio,
    rows,
    script,
    select,
    text_field,
)
from poolmgr.local.replica.names import Look
from poolmgr.local.replica.paths import SEARCHES
from poolmgr.local.replica.places import Option
from poolmgr.local.replica.visit import Visit

TITLES: dict[Source, str] = {
    "index": "Consulter l'index des immeubles",
    "acte": "Consulter un acte, une radiation ou un avis d'adresse",
    "plan_cadastraux": "Consulter un plan cadastral",
}
HINT = "Saisissez l'information demandée puis cliquez sur le bouton « {} »."
SEARCH_BUTTONS: dict[Source, tuple[str, str]] = {
    "index": ("btnSoumt", "Soumettre"),
    "acte": ("btnRechr", "Rechercher"),
    "plan_cadastraux": ("btnSoumt", "Soumettre"),
}
NO_CIRCONSCRIPTION = Option(value="NULL", text="Sélectionnez une circonscription foncière")
NO_CADASTRE = Option(value="000000", text="Sélectionnez un cadastre")
NO_TYPE = Option(value="", text="Sélectionnez un type de document")
# {etat}: the field that tells a reload from a search
RELOAD = """function fChang(etat) {{
  document.forms['frmSirf'].elements['{etat}'].value = etat;
  document.forms['frmSirf'].submit();
}}"""
GROUP = """function fFormtLot(champ) {
  var lot = champ.value.replace(/\\s/g, '');
  if (/^[0-9]+$/.test(lot)) {
    champ.value = ' ' + lot.replace(/\\B(?=(\\d{3})+$)/g, ' ');
  }
}"""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The values of a search form as posted; texts are looked up in today's lists."""

    source: Source
    circonscription: str = ""
    cadastre: str = ""
    designation: str = ""
    number: str = ""
    acte_type: str = ""

    @property
    def circonscription_text(self) -> str | None:
        return places.text_of(places.circonscriptions(), self.circonscription)

    @property
    def cadastre_text(self) -> str | None:
        return places.text_of(places.cadastres(self.circonscription_text), self.cadastre)

    @property
    def designation_text(self) -> str | None:
        if self.designation == places.NO_DESIGNATION:
            return None
        return places.text_of(places.designations(self.cadastre_text), self.designation)

    @property
    def acte_type_text(self) -> str | None:
        return places.text_of(places.acte_types(), self.acte_type)

    def asked(self) -> Asked:
        lot = self.source != "acte"
        return Asked(
            source=self.source,
            number=plain_number(self.number),
            circonscription=self.circonscription_text,
            cadastre=self.cadastre_text if lot else None,
            designation=self.designation_text if lot else None,
            acte_type=None if lot else self.acte_type_text,
        )

    def missing(self) -> str:
        """What the form still lacks, as the site says it."""
        if not plain_number(self.number):
            return "Vous devez inscrire un numéro."
        if self.source != "acte":
            return "" if self.cadastre_text else "Vous devez sélectionner un cadastre."
        if self.circonscription_text is None:
            return "Vous devez sélectionner une circonscription foncière."
        return "" if self.acte_type_text else "Vous devez sélectionner un type de document."


def fill(source: Source, visit: Visit) -> Filled:
    return Filled(
        source=source,
        circonscription=visit.value("selCircnFoncr"),
        cadastre=visit.value("selCadst"),
        designation=visit.value("selDesgnSecnd"),
        number=visit.form.get(visit.look.name("txtNoReqst" if source == "acte" else "txtNumrtLot"), ""),
        acte_type=visit.value("selTypeDocmn"),
    )


def search_page(look: Look, account: str, filled: Filled, told: str = "") -> str:
    name, word = SEARCH_BUTTONS[filled.source]
    fields = acte_fields(look, filled) if filled.source == "acte" else lot_fields(look, filled)
    if filled.source == "index":
        fields += index_options(look)
    buttons = button(look, name, word) + button(look, "btnCommd", "Commander")
    body = f"{bar(look, account)}<p>{escape(HINT.format(look.says(word)))}</p>\n{message(told)}" + form(
        SEARCHES[filled.source], hidden(look, "txtEtat", "valdr") + fields + buttons
    )
    head = script(RELOAD.format(etat=look.name("txtEtat")) + "\n" + GROUP)
    return page(look.says(TITLES[filled.source]), body, head)


def circonscription_row(look: Look, filled: Filled, events: str) -> tuple[str, str]:
    return (
        label(look, "selCircnFoncr", "Circonscription foncière"),
        select(
            look,
            "selCircnFoncr",
            places.circonscriptions(),
            filled.circonscription,
            nothing=NO_CIRCONSCRIPTION,
            events=events,
        ),
    )


def lot_fields(look: Look, filled: Filled) -> str:
    cadastres = select(
        look,
        "selCadst",
        places.cadastres(filled.circonscription_text),
        filled.cadastre,
        nothing=NO_CADASTRE,
        events="onchange=\"fChang('cadst')\"",
    )
    designations = select(
        look, "selDesgnSecnd", places.designations(filled.cadastre_text), filled.designation, nothing=None
    )
    events = 'onchange="fFormtLot(this)" onblur="fFormtLot(this)"'
    lot = text_field(look, "txtNumrtLot", filled.number, events=events)
    return rows(
        (
            circonscription_row(look, filled, "onchange=\"fChang('circn')\""),
            (label(look, "selCadst", "Cadastre"), cadastres),
            (label(look, "selDesgnSecnd", "Désignation secondaire"), designations),
            (label(look, "txtNumrtLot", "Numéro de lot"), lot),
        )
    )


def index_options(look: Look) -> str:
    modes = (("NULL", "Toutes les inscriptions"), ("P", "Une période"))
    orders = (("C", "Ordre chronologique"), ("I", "Ordre chronologique inversé"))
    return rows(
        (
            ("Modalité de consultation", group(look, "rdModltConsl", modes)),
            ("Période", text_field(look, "txtPerd", "")),
            ("Ordre d'affichage", group(look, "rdOrdreAffch", orders)),
        )
    )


def group(look: Look, name: str, choices: tuple[tuple[str, str], ...]) -> str:
    """Radios of which the first is chosen."""
    return " ".join(
        radio(look, name, value, checked=number == 0, number=number) + escape(text)
        for number, (value, text) in enumerate(choices)
    )


def acte_fields(look: Look, filled: Filled) -> str:
    types = select(look, "selTypeDocmn", places.acte_types(), filled.acte_type, nothing=NO_TYPE)
    return rows(
        (
            circonscription_row(look, filled, ""),
            (label(look, "selTypeDocmn", "Type de document"), types),
            (
                label(look, "txtNoReqst", "Numéro d'inscription"),
                text_field(look, "txtNoReqst", filled.number),
            ),
        )
    )
