"""The words of the site's stand-in, as data: where its pages are, its steps, what may go wrong there."""

BASE = "/reqna/"
SEARCH = f"{BASE}gr/gr03/gr03a71.rechercheregistre.mvc/gr03a71"
# our own invention, as are all paths after the search's
RESULTS = f"{BASE}gr/gr03/gr03a71.rechercheregistre.mvc/resultats"
CONSULT = f"{BASE}gr/gr03/gr03a71.rechercheregistre.mvc/consulter"
COMPANY = f"{BASE}gr/gr03/gr03a71.rechercheregistre.mvc/etat"
CONTROL = "/_control/req/"

STEPS = ("page", "search", "results", "consult", "company")
WAITS = ("slow", "hang")
# each of these takes the place of the answer; the last two turn a program away
ANSWERS = ("error_500", "maintenance", "session_expiry", "unknown_page", "disconnect", "ban", "challenge")
# these hold everywhere until they are cleared, and know neither step nor times
STANDING = (
    "renamed_field",
    "changed_label",
    "extra_field",
    "duplicate_results",
    "late_rows",
    "cover",
    "popup",
    "cookie_banner",
    "unsettled",
)
FAULTS = (*WAITS, *ANSWERS, *STANDING)

# ids and names that a browser driver may lean on
FIELDS = ("Objet", "objetRecherche", "ConditionUtilisationCochee", "entreprise", "etatRenseignements")
LABELS = ("Rechercher", "Consulter", "Suivant", "Identification de l'entreprise")
