"""Every name of the land registry's pages that this program leans on: the one file to change with the site.

No page of the live site could be opened where this was written. Each name says where it is from and how far
it is to be trusted:

observed     seen on the live page by somebody independent, 2026-05
predecessor  used by the program before this one, in production until 2025-10
both         by both
assumed      follows from the others; nobody was seen using it
"""

from poolmgr.registries.names import Name, Origin, Trust

WHERE = "poolmgr/registries/foncier/names.py"


def field(tag: str, name: str, what: str, origin: Origin, trust: Trust = "high") -> Name:
    return Name(
        selector=f'{tag}#{name}, {tag}[name="{name}"]', what=f"{what} {name}", origin=origin, trust=trust
    )


# Entry and login
ENTRY = Name(
    selector='a[href*="pf_14_06_01_reglr"], area[href*="pf_14_06_01_reglr"]',
    what="way to the login page",
    origin="predecessor",
    trust="medium",
)
USER = field("input", "txtVaCodeUtils", "field « Code d'utilisateur »", "observed")
PASSWORD = field("input", "txtMotPasse", "field « Mot de passe »", "observed")
ENTER = Name(
    selector='input[name="btnSoumt"], button[name="btnSoumt"], input[type="submit"][value="Soumettre"]',
    what="button « Soumettre » btnSoumt of the login",
    origin="observed",
    trust="medium",
    label="Soumettre",
)
QUESTION = Name(
    selector='input[type="text"][name*="Quest"], input[type="password"][name*="Quest"]',
    what="personal question",
    origin="assumed",
    trust="low",
)

# Search pages, from the entry page's address
INDEX_PAGE = "Script/13_01_11/pf_13_01_11_02_indx_immbl.asp"  # both
ACTE_PAGE = "Script/13_01_11/pf_13_01_11_08_reqst.asp"  # predecessor
PLAN_PAGE = "Script/13_01_11/pf_13_01_11_10_plan_cadst.asp"  # predecessor

CIRCONSCRIPTION = field("select", "selCircnFoncr", "list « Circonscription foncière »", "both")
CIRCONSCRIPTIONS = 73  # observed, in the law that names and numbers them (D-11, section 11): high
CADASTRE = field("select", "selCadst", "list « Cadastre »", "both")
DESIGNATION = field("select", "selDesgnSecnd", "list « Désignation secondaire »", "both")
LOT = field("input", "txtNumrtLot", "field « Numéro de lot »", "both")
PERIOD = field("input", "txtPerd", "field « Période »", "observed")
ACTE_TYPE = field("select", "selTypeDocmn", "list « Type de document »", "predecessor", "medium")
ACTE_NUMBER = field("input", "txtNoReqst", "field « Numéro d'inscription »", "predecessor", "medium")

# The buttons that cost money. Their neighbour « Commander » orders a copy and is never pressed.
SUBMIT = Name(
    selector='input[name="btnSoumt"], button[name="btnSoumt"]',
    what="button « Soumettre » btnSoumt",
    origin="both",
    trust="high",
    label="Soumettre",
)
SEARCH = Name(
    selector='input[type="submit"][value*="Rechercher"], input[type="button"][value*="Rechercher"]',
    what="button « Rechercher »",
    origin="predecessor",
    trust="medium",
    label="Rechercher",
)
CONFIRM = Name(
    selector='#btnConfr, [name="btnConfr"]',
    what="button « Confirmer » btnConfr",
    origin="predecessor",
    trust="medium",
    label="Confirmer",
)
CHOOSE = Name(
    selector='input[value="Soumettre"], input[value="Continuer"], button[name="btnSoumt"]',
    what="button « Soumettre » or « Continuer » of the choice",
    origin="predecessor",
    trust="medium",
    label="Soumettre|Continuer",
)

# What may lie over a button, such as a notice about cookies. « Accepter » could be said of a price.
COVER = Name(
    selector="button, a, [role=button]",
    what="button that closes what covers the page",
    origin="assumed",
    trust="low",
    label="Fermer|Refuser",
)

# Fields that are only looked at: a form without them is not the form that was read, and costs money.
ALSO_IN_LOGIN = (
    field("input", "txtEtat", "hidden field", "observed"),
    field("input", "txtBoutn", "hidden field", "observed"),
    field("input", "txtInAfichQuestIdentPersn", "hidden field", "observed"),
)
ALSO_FOR_LOTS = (CADASTRE, DESIGNATION)
ALSO_IN_INDEX = (
    field("input", "rdModltConsl", "choice « Modalité de consultation »", "observed"),
    field("input", "rdOrdreAffch", "choice « Ordre d'affichage »", "observed"),
    PERIOD,
    field("input", "txtEtat", "hidden field", "observed"),
)

# Answers
ERROR_CELL = "td.contValErr"  # predecessor, medium: also inside table.Cadre beside image_message.gif
RESULTS_TEXT = "Résultat de la recherche"  # predecessor, medium
PAPER_IMAGE = "BPD.GIF"  # predecessor, medium: an office has it on paper only
PLAN_CHOICE_PAGE = "pf_13_01_08_selct_plan_cadst"  # predecessor, medium
CONFIRM_PAGE = "pf_13_01_13_confr_demnd"  # predecessor, medium: of large files
MENU_FRAME = "menu"  # predecessor, high
PAGE_FRAME = "page"  # predecessor, high: its address may contain Docmn
SAVE = Name(
    selector='a[title="Sauvegarder ou imprimer le document"], a[onmouseup*="fRechrDocmnPDF"], '
    'a[href*="impri_sauvg"]',
    what="link « Sauvegarder ou imprimer le document »",
    origin="predecessor",
    trust="medium",
    label="Sauvegarder",
)
INDEX_COLUMNS = (  # both
    "Date de présentation",
    "Numéro d'inscription",
    "Nature de l'acte",
    "Qualité",
    "Nom des parties",
    "Remarques",
    "Avis d'adresse",
    "Radiations",
)

# What stands in a list where nothing is chosen yet: predecessor and observed.
NOTHING_CHOSEN = ("", "NULL", "000000")
NO_DESIGNATION = (*NOTHING_CHOSEN, "A")  # observed
