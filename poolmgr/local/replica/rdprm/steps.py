"""The steps of a search and the faults that may meet it there, as data."""

STEPS = (
    "home",
    "services",
    "login",
    "question",
    "answer",
    "consultation",
    "search",
    "confirm",
    "confirm_again",
    "print",
    "preparation",
    "viewer",
    "file",
)
# where a search may be sold, by `second_confirmation`; `after` such a step the money is gone
SELLING = ("confirm", "confirm_again")
ANSWERS = ("error_500", "maintenance", "challenge", "session_expiry", "disconnect", "html", "no_download")
WAITS = ("slow", "hang")
FILES = ("truncated", "cut")
STANDING = ("changed_label", "renamed_field", "extra_field", "popup", "account_lock")
FAULTS = (*WAITS, *ANSWERS, *FILES, *STANDING)
FIELDS = ("nomOrganisme", "votreReference")
LABELS = (
    "Entrer",
    "Poursuivre",
    "Bienvenue",
    "Nom de l’organisme",
    "Votre référence",
    "Rechercher",
    "Effacer",
    "Confirmer",
    "Annuler",
    "Imprimer la fiche complète",
    "Aucun résultat",
    "Avertissement d'impression volumineuse",
    "Imprimer",
    "Préparation de l'impression",
    "Télécharger la fiche complète",
)
VIEWERS = ("file", "inline", "embed", "iframe", "blob", "button")
"""How a print comes: as a file at once, to be shown, or in a page of its own that shows or saves it."""
