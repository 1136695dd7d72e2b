"""Where the pages are. Those of the consultation's own calls, print and viewer are our invention."""

from poolmgr.local.replica.paths import CONTROL as CONTROL_OF_ALL

HOME = "/fr/Pages/Accueil.html"
SERVICES = "/MesServices/"
LOGIN = f"{SERVICES}Connexion"
QUESTION = f"{SERVICES}Identite"
LOGOUT = f"{SERVICES}Quitter"
CONSULTATION = "/Consultation/"
SCRIPT = f"{CONSULTATION}main.js"
PULSE = f"{CONSULTATION}api/pouls"
SEARCH = f"{CONSULTATION}api/recherche"
CONFIRMATION = f"{CONSULTATION}api/confirmation"
PREPARATION = f"{CONSULTATION}api/impression"
PRINT = f"{CONSULTATION}impression"
VIEWER = f"{CONSULTATION}visionneuse"
FILE = f"{CONSULTATION}fiche"
CONTROL = f"{CONTROL_OF_ALL}rdprm/"


def numbered(path: str, demand: int) -> str:
    return f"{path}?noDemande={demand}"
