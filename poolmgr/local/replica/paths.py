"""Where the pages are, below the site's base. Those of the frames and the redirects are our own invention."""

BASE = "/Sirf/"
CONTROL = "/_control/"
LOGIN = f"{BASE}Script/14_06_01-02/pf_14_06_01_reglr.asp"
WELCOME = f"{BASE}Script/14_06_01-02/pf_14_06_02_bienv.asp"
LOGOUT = f"{BASE}Script/14_06_01-02/pf_14_06_03_ferml.asp"
INDEX = f"{BASE}Script/13_01_11/pf_13_01_11_02_indx_immbl.asp"
ACTE = f"{BASE}Script/13_01_11/pf_13_01_11_08_reqst.asp"
PLAN = f"{BASE}Script/13_01_11/pf_13_01_11_10_plan_cadst.asp"
SIMILAR = f"{BASE}Script/13_01_13/pf_13_01_13_02_docmn_sembl.asp"
PLAN_CHOICE = f"{BASE}Script/13_01_08/pf_13_01_08_selct_plan_cadst.asp"
CONFIRM = f"{BASE}Script/13_01_13/pf_13_01_13_confr_demnd.asp"
REDIRECT = f"{BASE}Script/13_01_12/pf_13_01_12_redir.asp"
FRAMES = f"{BASE}Script/13_01_12/pf_13_01_12_cadre.asp"
MENU = f"{BASE}Script/13_01_12/pf_13_01_12_menu.asp"
PAGE = f"{BASE}Script/13_01_12/pf_13_01_12_Docmn.asp"
PDF = f"{BASE}Script/13_01_12/pf_13_01_12_docmn_pdf.asp"
IMAGES = f"{BASE}images/"

SEARCHES = {"index": INDEX, "acte": ACTE, "plan_cadastraux": PLAN}


def numbered(path: str, demand: int) -> str:
    """The page of one demand."""
    return f"{path}?noDemnd={demand}"
