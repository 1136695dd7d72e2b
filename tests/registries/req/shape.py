"""The shape that the product reads, as a schema: `CleanedData.model_json_schema()` writes it as JSON."""

from pydantic import BaseModel, ConfigDict, Field

Pairs = dict[str, str]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WithLabels(BaseModel):
    """Beside its own keys it has the page's labels, whose values are texts."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)


class Identification(WithLabels):
    adresse_domicile: Pairs
    adresse_domicile_elu: Pairs


class Registration(WithLabels):
    forme_juridique: Pairs


class Fusion(Strict):
    alert: str | None = Field(None, alias="_alert")
    table_data: list[Pairs]


class State(Strict):
    identification_entreprise: Identification
    immatriculation: Registration
    dates_mises_a_jour: Pairs
    date_mise_a_jour: str | None
    faillite: Pairs
    fusion_scission_conversion: Fusion
    continuation_autre_transformation: Pairs
    liquidation_dissolution: Pairs
    activite_economique: Pairs


class CompanyNames(Strict):
    date: list[Pairs]
    nom: list[Pairs]
    autre_noms: list[Pairs]


class CleanedData(Strict):
    etat_des_informations: State
    etablissements: list[Pairs]
    index_documents: list[Pairs]
    index_noms: CompanyNames
