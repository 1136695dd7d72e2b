"""A company's page -> the data that the product reads."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.errors import SiteChanged
from poolmgr.domain.json import JsonObject, record, records
from poolmgr.registries.req.parsing import parse
from tests.registries.req.pages import SAVED, company, pairs
from tests.registries.req.shape import CleanedData

SAID = st.text(
    st.sampled_from("abcÉéèàçœÀ &<>\"'«»’`\\{}[]();:#%$-–_/.,0123456789\u00a0\u2028\U0001f600"),
    min_size=1,
    max_size=40,
).filter(lambda text: seen(text).rstrip(" :") != "")


def seen(text: str) -> str:
    return " ".join(text.split())


def state(html: str) -> JsonObject:
    return record(parse(html).cleaned_data, "etat_des_informations")


def identification(html: str) -> JsonObject:
    return record(state(html), "identification_entreprise")


def test_a_saved_page_is_read_whole() -> None:
    read = parse(SAVED.read_text())
    assert read.neq == "1140000017"
    assert read.cleaned_data == {
        "etat_des_informations": {
            "identification_entreprise": {
                "Numéro d'entreprise du Québec (NEQ)": "1140000017",
                "Nom": "L'Érablière « Chez Léo » & fils <1987> inc.",
                "adresse_domicile": {"Adresse": "12 rue de l’Église\nSaint-Élie (Québec)\nJ0X 1A0"},
                "adresse_domicile_elu": {"_alert": "Aucune adresse du domicile élu déclarée"},
            },
            "immatriculation": {
                "Date d'immatriculation": "1994-05-16",
                "Statut": "Immatriculée",
                "forme_juridique": {"Forme juridique": "Société par actions\nou compagnie"},
            },
            "dates_mises_a_jour": {"Date de mise à jour de l'état de renseignements": "2026-01-08"},
            "date_mise_a_jour": "2026-03-14 09:12:55",
            "faillite": {"_alert": "Le registre ne fait état d'aucune faillite pour cette entreprise."},
            "fusion_scission_conversion": {
                "table_data": [
                    {
                        "Type": "Fusion ordinaire",
                        "Date": "2001-02-03",
                        "Nom et domicile": "Gestion « Béta » ltée\nLaval",
                    },
                    {"Type": "Scission", "Date": "2010-11-12"},
                ]
            },
            "continuation_autre_transformation": {
                "_alert": "Aucune continuation ou autre transformation déclarée"
            },
            "liquidation_dissolution": {"_alert": "Aucune intention de dissolution déclarée"},
            "activite_economique": {"Code d'activité économique (CAE)": "0133"},
        },
        "etablissements": [{"Numéro et nom": "0001 - Cabane"}, {"Numéro et nom": "0002 - Kiosque"}],
        "index_documents": [
            {
                "Type de document": "Déclaration de mise à jour annuelle 2025",
                "Date de dépôt au registre": "2026-01-08",
            },
            {"Type de document": "Certificat de constitution", "Date de dépôt au registre": "1994-05-19"},
        ],
        "index_noms": {
            "date": [{"Nom": "L'Érablière inc.", "Date de déclaration du nom": "1994-05-16"}],
            "nom": [{"Nom": "L'Érablière inc.", "Date de déclaration du nom": "1994-05-16"}],
            "autre_noms": [{"Autre nom": 'Cabane "à sucre"'}],
        },
    }
    CleanedData.model_validate(read.cleaned_data)


def test_the_shape_is_whole_when_the_page_says_almost_nothing() -> None:
    CleanedData.model_validate(parse(company()).cleaned_data)


def test_nobody_is_named_but_the_company() -> None:
    assert "Inventé" not in str(parse(SAVED.read_text()).cleaned_data)


def test_a_notice_stands_beside_the_table_that_is_empty() -> None:
    html = company("<h4>Fusion, scission et conversion</h4><div class=alert>Aucune fusion déclarée</div>")
    found = record(state(html), "fusion_scission_conversion")
    assert found == {"_alert": "Aucune fusion déclarée", "table_data": []}


def test_a_value_without_a_field_moves_no_other_value() -> None:
    lost = (
        '<ul class="kx-synthese"><li class="kx-display"><span class="kx-display-label">Seule</span></li></ul>'
    )
    html = company("<h4>Immatriculation</h4>", lost, pairs(("Statut", "Radiée")))
    assert record(state(html), "immatriculation")["Statut"] == "Radiée"
    assert "Seule" not in record(state(html), "immatriculation")


def test_a_heading_is_known_in_other_letters_and_levels() -> None:
    html = company().replace(
        "<h4>Identification de l'entreprise</h4>", "<h3>IDENTIFICATION DE L’ENTREPRISE</h3>"
    )
    assert parse(html).neq == "1140000017"


def test_a_table_in_a_cell_is_text_of_that_cell() -> None:
    inner = "<table><tr><th>x</th></tr><tr><td>dedans</td></tr></table>"
    html = company(
        f"<h2>Index des documents</h2><table><tr><th>Type</th></tr><tr><td>Acte {inner}</td></tr></table>"
    )
    assert records(parse(html).cleaned_data, "index_documents") == [{"Type": "Acte\nx\ndedans"}]


def test_a_label_that_comes_twice_keeps_both_values() -> None:
    html = company("<h4>Activité économique</h4>", pairs(("CAE", "0133"), ("CAE", "0134")))
    assert record(state(html), "activite_economique") == {"CAE": "0133\n0134"}


@pytest.mark.parametrize("written", ["11 4000 0017", " 1140000017 ", "11\u00a040000017"])
def test_a_number_is_found_as_it_may_be_written(written: str) -> None:
    assert parse(company(neq=written)).neq == "1140000017"


def test_no_number_is_invented() -> None:
    assert parse(company(neq="en attente")).neq == ""


@pytest.mark.parametrize(
    "html",
    ["", "<p>Just a moment...</p>", "<h4>Identification de l'entreprise</h4>", "<h4>Faillite</h4>", "\0<"],
)
def test_a_page_that_identifies_nobody_is_no_company(html: str) -> None:
    with pytest.raises(SiteChanged, match="Identification"):
        parse(html)


@given(name=SAID)
def test_a_name_is_read_as_it_is_shown(name: str) -> None:
    assert identification(company(name=name))["Nom"] == seen(name)


@given(written=st.lists(st.tuples(SAID, SAID), min_size=1, max_size=8, unique_by=lambda pair: label(pair[0])))
def test_labels_keep_their_own_values_whatever_stands_in_them(written: list[tuple[str, str]]) -> None:
    marked = [(escape(key), f"<b>{escape(value)}</b><i></i><br>") for key, value in written]
    found = state(company("<h4>Faillite</h4>", pairs(*marked)))["faillite"]
    assert found == {label(key): seen(value) for key, value in written}


def label(text: str) -> str:
    return seen(text).rstrip(" :")


@given(html=st.text(st.sampled_from("<>/=h4h2 ul li class\"'kx-display-label&;é\0\ud800"), max_size=200))
def test_whatever_a_page_holds_the_shape_stays(html: str) -> None:
    read = parse(company("<h4>Faillite</h4>", html))
    assert read.neq == "1140000017"
    CleanedData.model_validate(read.cleaned_data)
