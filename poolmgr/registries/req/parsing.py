"""A company's page -> `cleaned_data`, in the shape that the product reads.

The keys are the page's own labels, the values its texts; a line break inside a value stays one. The shape:

    etat_des_informations
        identification_entreprise           {label: value}
            adresse_domicile                {label: value}
            adresse_domicile_elu            {label: value}
        immatriculation                     {label: value}
            forme_juridique                 {label: value}
        dates_mises_a_jour                  {label: value}
        date_mise_a_jour                    text or null
        faillite                            {label: value}
        fusion_scission_conversion          {table_data: [{header: cell}]}
        continuation_autre_transformation   {label: value}
        liquidation_dissolution             {label: value}
        activite_economique                 {label: value}
    etablissements                          [{label: value}]
    index_documents                         [{header: cell}]
    index_noms                              date, nom, autre_noms: [{label: value}]

A section that the page leaves empty has its notice under `_alert`. Everybody who is named there but the
company itself (directors, shareholders, beneficiaries) is left out, as it always was.
"""

import re
from dataclasses import dataclass

from poolmgr.domain.errors import SiteChanged
from poolmgr.domain.json import Json, JsonObject
from poolmgr.registries.req import names
from poolmgr.registries.req.sections import Section, read
from poolmgr.registries.words import plain

NEQ = re.compile(r"[0-9]{10}")
Pairs = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Company:
    """neq: ten digits, empty when the page names none."""

    neq: str
    cleaned_data: JsonObject


def parse(html: str) -> Company:
    """Raises SiteChanged for a page that identifies no company."""
    page = read(html)
    identification = joined(page.sections, "identification_entreprise")
    if not any(label != ALERT for label in identification):
        raise SiteChanged(
            f"The company's page has nothing under « {names.IDENTIFICATION} ».",
            advice=f"If the site has changed, {names.WHERE} is the one file to change.",
        )
    return Company(
        neq=neq_of(identification),
        cleaned_data={
            "etat_des_informations": state_of(page.sections, identification, page.dated),
            "etablissements": [as_json(block) for block in blocks(page.sections, "etablissements")],
            "index_documents": rows(page.sections, "index_documents"),
            "index_noms": names_of(blocks(page.sections, "index_noms")),
        },
    )


ALERT = "_alert"


def state_of(sections: list[Section], identification: Pairs, dated: str | None) -> JsonObject:
    def pairs(key: str) -> JsonObject:
        return as_json(joined(sections, key))

    fusion: JsonObject = {"table_data": rows(sections, "fusion_scission_conversion")}
    if alert := alert_of(sections, "fusion_scission_conversion"):
        fusion = {ALERT: alert, **fusion}
    return {
        "identification_entreprise": {
            **as_json(identification),
            "adresse_domicile": pairs("adresse_domicile"),
            "adresse_domicile_elu": pairs("adresse_domicile_elu"),
        },
        "immatriculation": {**pairs("immatriculation"), "forme_juridique": pairs("forme_juridique")},
        "dates_mises_a_jour": pairs("dates_mises_a_jour"),
        "date_mise_a_jour": dated,
        "faillite": pairs("faillite"),
        "fusion_scission_conversion": fusion,
        "continuation_autre_transformation": pairs("continuation_autre_transformation"),
        "liquidation_dissolution": pairs("liquidation_dissolution"),
        "activite_economique": pairs("activite_economique"),
    }


def of(sections: list[Section], key: str) -> list[Section]:
    return [one for one in sections if one.key == key]


def alert_of(sections: list[Section], key: str) -> str:
    return next((one.alert for one in of(sections, key) if one.alert), "")


def blocks(sections: list[Section], key: str) -> list[Pairs]:
    """Each list of the section on its own."""
    return [merged(block) for one in of(sections, key) for block in one.blocks if block]


def joined(sections: list[Section], key: str) -> Pairs:
    """All lists of the section in one, and its notice."""
    pairs = merged([pair for one in of(sections, key) for block in one.blocks for pair in block])
    alert = alert_of(sections, key)
    return {ALERT: alert, **pairs} if alert else pairs


def merged(pairs: list[tuple[str, str]]) -> Pairs:
    """A label that comes again adds a line: nothing that was declared is lost."""
    found: dict[str, list[str]] = {}
    for label, value in pairs:
        values = found.setdefault(label, [])
        if value not in values:
            values.append(value)
    return {label: "\n".join(values) for label, values in found.items()}


def rows(sections: list[Section], key: str) -> list[Json]:
    return [as_json(row) for one in of(sections, key) for row in one.rows]


def names_of(found: list[Pairs]) -> JsonObject:
    """A block goes by what it names; one with a date of its name's declaration goes to `date` besides."""
    groups: dict[str, list[Json]] = {"date": [], "nom": [], "autre_noms": []}
    for block in found:
        labels = {plain(label) for label in block}
        if labels & names.NAME_DATES:
            groups["date"].append(as_json(block))
        if names.NAME_LABEL in labels:
            groups["nom"].append(as_json(block))
        elif names.OTHER_NAME_LABEL in labels:
            groups["autre_noms"].append(as_json(block))
    return {key: [*group] for key, group in groups.items()}


def neq_of(identification: Pairs) -> str:
    for label, value in identification.items():
        if names.NEQ_LABEL in plain(label).split() and NEQ.fullmatch(number := "".join(value.split())):
            return number
    return ""


def as_json(pairs: Pairs) -> JsonObject:
    return {**pairs}
