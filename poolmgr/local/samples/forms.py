"""The printed forms of register pages from before the computer, and of the distinct section."""

from dataclasses import dataclass

from poolmgr.local.samples.sheet import Style

LEFT = 28.0


@dataclass(frozen=True, kw_only=True)
class Column:
    """`group` is the title that stands over it and its neighbours."""

    title: str
    width: float
    key: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """pitch: from one printed line to the next, None = a rule below each registration instead."""

    layout: str
    title: str
    columns: tuple[Column, ...]
    printed: Style
    typed: Style
    pitch: float | None

    @property
    def edges(self) -> list[float]:
        widths = [column.width for column in self.columns]
        return [LEFT + sum(widths[:number]) for number in range(len(widths) + 1)]


OLD_1 = Form(
    layout="old_1",
    title="INDEX DES IMMEUBLES",
    columns=(
        Column(title="NOMS DES PARTIES", width=206, key="parties"),
        Column(title="TITRE DE L’ACTE", width=120, key="nature"),
        Column(title="DATE", width=78, key="date", group="ENREGISTREMENT"),
        Column(title="NO", width=66, key="number", group="ENREGISTREMENT"),
        Column(title="REMARQUES ET AVIS D’ADRESSE", width=172, key="remarks"),
        Column(title="RADIATIONS", width=94, key="radiations"),
    ),
    printed=Style(face="helv", size=7.5),
    typed=Style(face="cour", size=9.5),
    pitch=15.5,
)
OLD_2 = Form(
    layout="old_2",
    title="INDEX AUX IMMEUBLES",
    columns=(
        Column(title="NOMS DES PARTIES", width=204, key="parties"),
        Column(title="Nature de l’Acte", width=110, key="nature"),
        Column(title="Date", width=72, key="date", group="ENREGISTREMENT"),
        Column(title="Reg.", width=30, key="register", group="ENREGISTREMENT"),
        Column(title="Vol.", width=32, key="volume", group="ENREGISTREMENT"),
        Column(title="N°", width=62, key="number", group="ENREGISTREMENT"),
        Column(title="Radiation", width=84, key="radiations"),
        Column(title="REMARQUES", width=142, key="remarks"),
    ),
    printed=Style(face="tiro", size=9),
    typed=Style(face="tiro", size=10),
    pitch=16.5,
)
OLD_3 = Form(
    layout="old_3",
    title="INDEX TO IMMOVEABLES",
    columns=(
        Column(title="DATE OF THE REGISTRATION", width=92, key="date"),
        Column(title="Donor, vendor", width=160, key="givers", group="NAMES OF PARTIES"),
        Column(title="Donee, purchaser", width=160, key="takers", group="NAMES OF PARTIES"),
        Column(title="NATURE OF THE DEED", width=122, key="nature"),
        Column(title="No.", width=66, key="number"),
        Column(title="REMARKS", width=136, key="remarks"),
    ),
    printed=Style(face="tibo", size=8.5),
    typed=Style(face="tiro", size=10),
    pitch=16.5,
)
RADIATION = Form(
    layout="modern_radiation",
    title="Index des immeubles",
    columns=(
        Column(title="Numéro d’inscription", width=120, key="number"),
        Column(title="Remarques", width=296, key="remarks"),
        Column(title="Avis d’adresse", width=140, key="address_notice"),
        Column(title="Radiations", width=180, key="radiations"),
    ),
    printed=Style(face="hebo", size=8.6),
    typed=Style(face="helv", size=8.6, leading=1.22),
    pitch=None,
)
FORMS = {form.layout: form for form in (OLD_1, OLD_2, OLD_3, RADIATION)}
