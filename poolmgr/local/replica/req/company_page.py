"""A company's file: the state of its information, its establishments, its documents, its names."""

from collections.abc import Iterator

from poolmgr.local.replica.names import Look
from poolmgr.local.replica.req.companies import Company
from poolmgr.local.replica.req.markup import heading, notice, page, pairs, table

KINDS = {
    "11": "Société par actions ou compagnie",
    "22": "Entreprise individuelle",
    "33": "Société en nom collectif",
    "88": "Autorité publique",
}
STOP = '<div class="form-group clearfix"><button type="button">Imprimer</button></div>\n'


def company_page(look: Look, company: Company) -> str:
    title = "État de renseignements d'une entreprise au registre des entreprises"
    body = "".join((*state(look, company), *beyond(look, company)))
    return page(title, f'<div id="{look.name("etatRenseignements")}">\n{body}</div>\n')


def state(look: Look, company: Company) -> Iterator[str]:
    yield "<p>Renseignements en date du 2026-03-14 09:12:55</p>\n"
    yield heading(look, 3, "État des informations")
    if company.is_broken:
        return
    yield heading(look, 4, "Identification de l'entreprise")
    yield pairs((("Numéro d'entreprise du Québec (NEQ)", [company.neq]), ("Nom", [company.name])))
    if company.is_public:
        yield heading(look, 4, "Siège social") + pairs((("Adresse", company.address),))
        return
    yield heading(look, 4, "Adresse du domicile") + pairs((("Adresse", company.address),))
    yield heading(look, 4, "Adresse du domicile élu")
    yield notice("Aucune adresse du domicile élu déclarée")
    yield heading(look, 4, "Immatriculation")
    # one section, two lists
    yield pairs((("Date d'immatriculation", ["1994-05-16"]), ("Statut", ["Immatriculée"])))
    yield pairs((("Date de mise à jour du statut", ["1994-05-16"]),))
    yield heading(look, 4, "Forme juridique")
    yield pairs((("Forme juridique", [KINDS[company.neq[:2]]]), ("Régime constitutif", ["QUÉBEC", ""])))
    yield heading(look, 4, "Dates des mises à jour")
    yield pairs((("Date de mise à jour de l'état de renseignements", ["2026-01-08"]),))
    yield heading(look, 4, "Faillite")
    yield notice("Le registre ne fait état d'aucune faillite pour cette entreprise.")
    yield from fusions(look, company)
    yield heading(look, 4, "Continuation et autre transformation")
    yield notice("Aucune continuation ou autre transformation n'a été déclarée.")
    yield heading(look, 4, "Liquidation ou dissolution")
    yield notice("Aucune intention de liquidation ou de dissolution n'a été déclarée.")
    yield heading(look, 4, "Activité économique")
    yield pairs((("Code d'activité économique (CAE)", ["0133"]), ("Activité", ["Érablières"])))
    yield STOP
    yield heading(look, 4, "Liste des administrateurs")
    yield pairs(
        (
            ("Nom de famille", ["Inventé"]),
            ("Prénom", ["Personne"]),
            ("Fonctions actuelles", ["Président", ""]),
        )
    )


def fusions(look: Look, company: Company) -> Iterator[str]:
    title = "Fusion, scission et conversion"
    if not company.fused_with:
        yield heading(look, 4, title)
        yield notice("Aucune fusion, scission ou conversion n'a été déclarée.")
    for other in company.fused_with:  # the heading again above each table
        yield heading(look, 4, title)
        yield table(("Type", "Date", "Nom et domicile"), (("Fusion ordinaire", "2001-02-03", other),))


def beyond(look: Look, company: Company) -> Iterator[str]:
    yield heading(look, 2, "Établissements")
    if not company.establishments:
        yield notice("Aucun établissement n'a été déclaré.")
    for one in company.establishments:
        yield pairs((("Numéro et nom de l'établissement", [one]), ("Adresse", company.address)))
    yield heading(look, 2, "Index des documents")
    yield table(("Type de document", "Date de dépôt au registre"), company.documents)
    yield heading(look, 2, "Index des noms")
    yield pairs((("Date de mise à jour de l'index des noms", ["2026-01-08"]),))
    yield heading(look, 4, "Nom")
    for name, withdrawn in ((company.name, ""), (company.former, "2001-02-03")):
        if name:
            dates = (("Date de déclaration du retrait du nom", [withdrawn]),) if withdrawn else ()
            yield pairs((("Nom", [name]), ("Date de déclaration du nom", ["1994-05-16"]), *dates))
    yield heading(look, 4, "Autres noms utilisés au Québec")
    if not company.others:
        yield notice("Aucun autre nom n'a été déclaré.")
    for other in company.others:
        yield pairs((("Autre nom", [other]), ("Situation", ["En vigueur"])))
