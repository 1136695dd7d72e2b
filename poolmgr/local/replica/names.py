"""Every name and every word of the site that a browser driver may lean on, as data for those who change them.

A form field's id is its name. The names are written out here anew and shared with no driver.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS_OF: dict[str, tuple[str, ...]] = {
    "login": (
        "txtVaCodeUtils",
        "txtMotPasse",
        "txtEtat",
        "txtBoutn",
        "txtInAfichQuestIdentPersn",
        "btnSoumt",
    ),
    "welcome": ("btnConsl", "btnCommd"),
    "index": (
        "selCircnFoncr",
        "selCadst",
        "selDesgnSecnd",
        "txtNumrtLot",
        "rdModltConsl",
        "rdOrdreAffch",
        "txtPerd",
        "txtEtat",
        "btnSoumt",
        "btnCommd",
    ),
    "plan": ("selCircnFoncr", "selCadst", "selDesgnSecnd", "txtNumrtLot", "txtEtat", "btnSoumt", "btnCommd"),
    "acte": ("selCircnFoncr", "selTypeDocmn", "txtNoReqst", "txtEtat", "btnRechr", "btnCommd"),
    "similar": ("rdDocmn", "txtEtat", "btnSoumt", "btnCommd"),
    "plan_choice": ("rdPlan", "txtEtat", "btnSoumt", "btnCommd"),
    "confirm": ("txtEtat", "btnConfr", "btnAnnul"),
}
FIELDS = tuple(dict.fromkeys(name for names in FIELDS_OF.values() for name in names))
FRAMES = ("menu", "page")
SAVE_TITLE = "Sauvegarder ou imprimer le document"
LABELS = (
    "Code d'utilisateur",
    "Mot de passe",
    "Soumettre",
    "Consulter",
    "Commander",
    "Bienvenue",
    "Fermer la session",
    "Circonscription foncière",
    "Cadastre",
    "Désignation secondaire",
    "Numéro de lot",
    "Type de document",
    "Numéro d'inscription",
    "Rechercher",
    "Confirmer",
    "Annuler",
    "Consulter l'index des immeubles",
    "Consulter un acte, une radiation ou un avis d'adresse",
    "Consulter un plan cadastral",
    "Résultat de la recherche",
    SAVE_TITLE,
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the site names things today: renamed fields, changed words, whether first options are blank, and
    whether each option stands there twice."""

    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    blank_first_option: bool = False
    duplicate_options: bool = False

    def name(self, known: str) -> str:
        return self.names.get(known, known)

    def says(self, known: str) -> str:
        return self.words.get(known, known)
