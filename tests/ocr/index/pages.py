"""Index pages drawn for properties: any text a reader may give, in every column."""

from hypothesis import strategies as st

from poolmgr.ocr.index.model import COLUMNS, LAYOUTS, Alternative, Header, IndexPage, Party, Row

LETTERS = "abcdeéèàçœABCDEÉÔ0123456789 ,.'’$-()/&°\t\n"
WORDS = st.one_of(
    st.text(LETTERS, max_size=24),
    st.sampled_from(
        [
            "Vente",
            "Servitude",
            "Hypothèque",
            "HQ",
            "RBC",
            "Hydro-Québec",
            "Banque de Montréal",
            "MTQ",
            "125 000 $",
            "Ligne aérienne",
            "T 123 456",
            "Remarques",
            "Ligne",
            "TREMBLAY, Jean",
            "Quittance",
            "Inscription n° 123456",
        ]
    ),
)
"""Without `:` and `;`, which part labels from values and parties from each other."""
SAID = WORDS.map(lambda text: " ".join(text.split()))
SURE = st.one_of(st.none(), st.integers(0, 100).map(lambda percent: percent / 100))
PARTIES = st.builds(Party, name=SAID, role=SAID).filter(lambda party: party.name != "")
ALTERNATIVES = st.dictionaries(
    st.sampled_from(COLUMNS),
    st.lists(st.builds(Alternative, value=SAID, confidence=SURE), min_size=1, max_size=2).map(tuple),
    max_size=2,
)
ROWS = st.builds(
    Row,
    number=SAID,
    date=SAID,
    nature=SAID,
    parties=st.lists(PARTIES, max_size=3).map(tuple),
    remarks=SAID,
    address_notice=SAID,
    radiations=SAID,
    confidence=SURE,
    alternatives=ALTERNATIVES,
)
HEADERS = st.builds(
    Header, circonscription=SAID, cadastre=SAID, designation=SAID, lot=SAID, rights=SAID, radiations=SAID
)


def pages(number: int = 1) -> st.SearchStrategy[IndexPage]:
    return st.builds(
        IndexPage,
        number=st.just(number),
        layout=st.sampled_from(LAYOUTS),
        header=HEADERS,
        rows=st.lists(ROWS, max_size=4).map(tuple),
    )


def documents(most: int = 3) -> st.SearchStrategy[tuple[IndexPage, ...]]:
    return st.integers(1, most).flatmap(lambda count: st.tuples(*(pages(n) for n in range(1, count + 1))))
