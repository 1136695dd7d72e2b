"""Every name and word of the RDPRM's pages that this program leans on: the one file to change with the site.

No page of the live site could be opened where this was written. Each name says where it is from and how far
it is to be trusted:

observed     in the site's own manual, or seen on the live page by somebody independent
predecessor  used by the program before this one, in production until 2025-10
both         by both
assumed      follows from the others; nobody was seen using it

The consultation is an application of one page: its address changes without a page being loaded, buttons and
links are found by what they say, and the network never rests. So everything is waited for by what is shown.
"""

from poolmgr.registries.names import Name, Origin, Trust

WHERE = "poolmgr/registries/rdprm/names.py"

# What can be pressed at all; which of them it is, is told by its words.
BUTTONS = "button, input[type=submit], input[type=button], a, [role=button]"


def button(label: str, what: str, origin: Origin, trust: Trust = "medium") -> Name:
    return Name(selector=BUTTONS, what=what, origin=origin, trust=trust, label=label)


# The way in: rdprm.home_url, then this page of rdprm.url
SERVICES_PAGE = "MesServices/"  # predecessor, high
COOKIES = button("Fermer", "button « Fermer » of the notice about cookies", "predecessor", "low")
WELCOME = "Bienvenue"  # predecessor, high: who sees it is logged in
USER = Name(
    selector='input[type="text"]:visible, input[type="email"]:visible, input:not([type]):visible',
    what="field of the user's code",
    origin="predecessor",
    trust="medium",
)
PASSWORD = Name(
    selector='input[type="password"]', what="field of the password", origin="predecessor", trust="high"
)
ENTER = button("Entrer", "button « Entrer » of the login", "predecessor")
QUESTIONS = ("Confirmer votre identité", "Dans quelle ville")  # predecessor, high
ANSWER = Name(
    selector='input[type="text"]:visible, input[type="password"]:visible, input:not([type]):visible',
    what="field of the answer to the security question",
    origin="predecessor",
    trust="medium",
)
GO_ON = button("Poursuivre", "button « Poursuivre » of the security question", "predecessor")
LOGIN_ERRORS = ".error, .erreur, .alert, .alert-danger, .validation-summary-errors, [role=alert]"  # assumed

# The form of a search
CONSULTATION = Name(
    selector='a[href="/Consultation/"]', what="link to the consultation", origin="predecessor", trust="high"
)
# Fields are found by their label, in this order: the label's own field, then one whose id, name or
# placeholder holds the word.
ORGANISATION_LABEL = "Nom de l'organisme"  # both, high; with a straight or a typographic apostrophe
ORGANISATION_WORD = "organisme"  # predecessor, medium
REFERENCE_LABEL = "Votre référence"  # observed, high: « comes back on the billing statement »
REFERENCE_WORD = "reference"  # assumed, low
SEARCH = button("Rechercher|Soumettre", "button « Rechercher »", "both", "high")

# The question that costs money: a notice says the price, « Annuler » leaves it. Which of the two presses is
# the one that is paid is not known, so the first counts as paid. The second may be absent.
CONFIRM = button("Confirmer", "button « Confirmer »", "both", "high")
CANCEL = button("Annuler", "button « Annuler »", "observed", "high")
PRICE = r"(\d{1,4}(?:[ \u00a0\u202f]\d{3})*[.,]\d{2})\s*\$"  # predecessor, high: « 12,00 $ » or « 12.00 $ »
DIALOGS = '[role="dialog"], [role="alertdialog"], dialog[open], .modal, .mat-dialog-container, .p-dialog'
"""assumed, medium: where a button is looked for first, when one of these is shown."""

# The answer
NOTHING_FOUND = "Aucun résultat"  # predecessor, medium
# assumed, low: while one of these is shown the answer is not complete
BUSY = '[aria-busy="true"], [role="progressbar"], progress, .spinner, .loading, mat-spinner'
WAITING = ("Veuillez patienter", "Chargement", "Recherche en cours")
# observed, medium: the law has every heading say when the register was certified; its words are assumed
CERTIFIED = r"certification\s*:?\s*(\d{4}-\d{2}-\d{2}(?:[ T]\d{1,2}[:h]\d{2}(?::\d{2})?)?)"
PRINT = button("Imprimer la fiche complète", "link « Imprimer la fiche complète »", "predecessor", "high")

# Print, on a page of its own or in a box of this one
LARGE = "Avertissement d'impression volumineuse"  # predecessor, high
LARGE_PRINT = button("Imprimer", "button « Imprimer » of the warning of a large print", "predecessor")
PREPARING = "Préparation de l'impression"  # predecessor, high
DOWNLOAD = button(
    "Télécharger la fiche complète|Fiche complète disponible",
    "link « Télécharger la fiche complète »",
    "predecessor",
    "high",
)
VIEWED = "embed[src], iframe[src], object[data], frame[src]"  # predecessor, medium
VIEWER_SAVE = Name(
    selector='#download, #downloadButton, a[download], button[title*="Télécharger"], '
    'a[title*="Télécharger"], cr-icon-button#download',
    what="button of the viewer that saves",
    origin="predecessor",
    trust="low",
)

# What the site says when it serves nobody, or not us. Compared without accents, case and punctuation.
CLOSED = (  # assumed, medium: the usual words. That it has closed hours is certain, which are not
    "entretien",
    "maintenance",
    "temporairement indisponible",
    "momentanement indisponible",
    "heures d ouverture",
    "service non disponible",
)
REFUSALS = (
    "utilisation excessive",  # observed on another registry of the same government
    "temporairement interdit",  # likewise
)
WALLS = ("Just a moment", "Un instant")
"""A bot wall's own page, by its title: observed elsewhere, high; the French words are assumed. Its script by
itself (`challenge-platform`) proves nothing: such a wall puts it into ordinary pages, too."""
