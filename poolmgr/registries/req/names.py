"""Every name and word of the register of companies' pages that this program leans on: the one file to change
with the site.

No page of the live site could be opened where this was written. Each name says where it is from:

observed     seen on the live page, or on one that was saved from it, by somebody independent, 2026
predecessor  used by the program before this one, in production until 2025-10
both         by both
assumed      follows from the others; nobody was seen using it
"""

from collections.abc import Mapping
from types import MappingProxyType

from poolmgr.registries.names import Name
from poolmgr.registries.words import plain

WHERE = "poolmgr/registries/req/names.py"

# The search page, from `req.url`: predecessor, high
SEARCH_PAGE = "gr/gr03/gr03a71.rechercheregistre.mvc/gr03a71?choixdomaine=RegistreEntreprisesQuebec"

# What a probe searches for: a word that many names hold, and one that none does. assumed, medium
PROBED, PROBED_IN_VAIN = "Laiterie", "Zyxqwvutsrq Zyxqwvutsrqp"

QUERY = Name(
    selector='#Objet, input[name="objetRecherche"]',
    what="field of the name or number searched for",
    origin="both",
    trust="high",
)
TERMS = Name(
    selector="#ConditionUtilisationCochee",
    what="box « J'ai lu, compris et accepté les conditions d'utilisation »",
    origin="observed",
    trust="high",
)
# A page of the government has a search of its own in its head.
SEARCH = Name(
    selector='form:has(#Objet, input[name="objetRecherche"]) :is(button, input[type="submit"])',
    what="button « Rechercher »",
    origin="both",
    trust="medium",
    label="Rechercher",
)
SEARCH_ELSEWHERE = Name(
    selector='button[type="submit"], input[type="submit"]',
    what="button « Rechercher »",
    origin="predecessor",
    trust="low",
    label="Rechercher",
)
# The list of what was found: the first of these that the page has. The others are the predecessor's, and may
# meet the page's own furniture: there the label is all that the button may say.
CONSULT = Name(
    selector="#entreprise form button, #entreprise form input[type=submit]",
    what="button « Consulter » of a result",
    origin="observed",
    trust="medium",
    label="Consulter",
)
CONSULT_ELSEWHERE = ("form button, form input[type=submit]", "button, input[type=button]", "a")
NEXT = Name(
    selector='a[rel="next"], button[rel="next"], .pagination a, .pagination button, .pager a, .pager button',
    what="way to the next page of results",
    origin="assumed",
    trust="low",
    label="Suivant|Suivante|Page suivante",
)
COVER = Name(
    selector='.modal button:visible, [role="dialog"] button:visible',
    what="button that closes what covers the page",
    origin="assumed",
    trust="low",
    label="Fermer",
)
COMPANY = Name(
    selector="#etatRenseignements",
    what="page of a company",
    origin="observed",
    trust="high",
)
# What is kept of it: the first of these that holds the page of a company. predecessor, medium
CONTENTS = ("#content", "main", "#main", ".main-content", '[role="main"]', "#corps", ".contenu", "body")

# Said in a notice when nothing was found, as words, without accents. assumed, low: nobody wrote down the
# site's own; one that is not here makes a search that found nothing look like a changed site.
NOTHING_FOUND = (
    "aucun",
    "aucune",
    "0 resultat",
    "pas de resultat",
    "ne correspond",
    "introuvable",
    "n existe pas",
)
NOTICES = ".kx-alert-text, .alert, .validation-summary-errors, [role=alert]"

# How the site turns a program, or a whole range of addresses, away.
BANS = (
    "utilisation excessive",  # observed, high
    "temporairement interdit",  # observed, high
    "momentanement refuse",  # observed, medium: « L'accès à notre site Web vous est momentanément refusé »
)
BAN_MARKS = ("challenge-platform", "Just a moment")  # observed, high: a bot wall's own page
BAN_STATUSES = (403, 429)  # 403 observed, high; 429 assumed
# assumed, medium: the usual words; windows of maintenance were announced at nights of week-ends
CLOSED = ("entretien", "maintenance", "temporairement indisponible", "momentanement indisponible")

# A company's page: its lists of labels and values. both, high
LIST, ITEM = "kx-synthese", "kx-display"
LABEL, FIELD = ".kx-display-label", ".kx-display-field"
PAIR = f".{ITEM}"
ALERTS, ALERT_TEXT = frozenset({"alert", "kx-alert-text"}), ".kx-alert-text"
STOP = frozenset({"form-group", "clearfix"})
"""Classes of a box that ends a section. predecessor, medium"""

IDENTIFICATION = "Identification de l'entreprise"
# Headings, compared without accents and case: predecessor, high
SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        plain(heading): key
        for heading, key in {
            IDENTIFICATION: "identification_entreprise",
            "Adresse du domicile": "adresse_domicile",
            "Adresse du domicile élu": "adresse_domicile_elu",
            "Immatriculation": "immatriculation",
            "Forme juridique": "forme_juridique",
            "Dates des mises à jour": "dates_mises_a_jour",
            "Faillite": "faillite",
            "Fusion, scission et conversion": "fusion_scission_conversion",
            "Continuation et autre transformation": "continuation_autre_transformation",
            "Liquidation ou dissolution": "liquidation_dissolution",
            "Activité économique": "activite_economique",
            "Établissements": "etablissements",
            "Index des documents": "index_documents",
            "Index des noms": "index_noms",
        }.items()
    }
)
LONG = frozenset({"etablissements", "index_documents", "index_noms"})
"""Sections that have headings of their own inside."""

DATED = "Renseignements en date du"  # predecessor, high
NEQ_LABEL = "neq"  # « Numéro d'entreprise du Québec (NEQ) »: predecessor, medium
NAME_LABEL, OTHER_NAME_LABEL = plain("Nom"), plain("Autre nom")  # predecessor, high
NAME_DATES = frozenset(  # predecessor, high
    {plain("Date de déclaration du nom"), plain("Date de déclaration du retrait du nom")}
)
