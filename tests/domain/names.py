"""Names for tests. That there are 73 circonscriptions is statute; spelling and numbers are unverified."""

NAMES = (
    "Abitibi|Argenteuil|Arthabaska|Beauce|Beauharnois|Bellechasse|Berthier|Bonaventure 1|Bonaventure 2|Brome|"
    "Chambly|Champlain|Charlevoix 1|Charlevoix 2|Châteauguay|Chicoutimi|Coaticook|Compton|Deux-Montagnes|"
    "Dorchester|Drummond|Frontenac|Gaspé|Gatineau|Hull|Huntingdon|Îles-de-la-Madeleine|Joliette|Kamouraska|"
    "Labelle|Lac-Saint-Jean-Est|Lac-Saint-Jean-Ouest|La Prairie|L'Assomption|La Tuque|Laval|Lévis|L'Islet|"
    "Lotbinière|Maskinongé|Matane|Matapédia|Missisquoi|Montcalm|Montmagny|Montmorency|Montréal|Nicolet 2|"
    "Papineau|Pontiac|Portneuf|Québec|Richelieu|Richmond|Rimouski|Rouville|Rouyn-Noranda|Saguenay|"
    "Saint-Hyacinthe|Saint-Jean|Sainte-Anne-des-Monts|Sept-Îles|Shawinigan|Shefford|Sherbrooke|Stanstead|"
    "Témiscamingue|Témiscouata|Terrebonne|Thetford|Trois-Rivières|Vaudreuil|Verchères"
)
CIRCONSCRIPTIONS = tuple(NAMES.split("|"))

SPELLINGS = [
    ("des Deux-Montagnes", "Deux-Montagnes"),
    ("Circonscription foncière des Deux-Montagnes", "DEUX  MONTAGNES"),
    ("L’Assomption", "l'assomption"),
    ("L Assomption", "L'Assomption"),
    ("Nicolet No 2", "Nicolet 2"),
    ("Nicolet n° 2", "Nicolet II"),
    ("Nicolet nº2", "Nicolet # 2"),
    ("Nicolet Ⅱ", "Nicolet №2"),
    ("Nicolet 02", "Nicolet-2"),
    ("Ste. Anne des Monts", "Sainte-Anne-des-Monts"),
    ("rang VIII", "Rang 8"),
    ("rang xxxix", "Rang 39"),
    ("5e rang", "rang 5"),
    ("5ième Rang", "rang V"),
    ("5 ième rang", "rang 5e"),
    ("5ᵉ rang", "Ve rang"),
    ("1er rang", "Ier rang"),
    ("Rang 5e Canton Abercrombie", "5e rang, canton d'Abercrombie"),
    ("Québec", "Cadastre du Québec"),
    ("Cadastre de la Paroisse de Sainte-Jeanne-de-Neuville", "paroisse Ste-Jeanne de Neuville"),
    ("Canton d'Ely", "CANTON D ELY"),
    ("Sacré-Cœur", "sacre coeur"),
    ("Mont\u00adréal", "Montréal"),
]
STRANGERS = [
    ("Lot C", "Lot 100"),
    ("Bloc D", "Bloc 500"),
    ("Bloc D Est", "Bloc Est"),
    ("Bloc V", "Bloc 5"),
    ("Lot B", "Lot C"),
    ("Lot 24e", "Lot 24"),
    ("Lot 24b", "Lot 24"),
    ("Lot 24½", "Lot 241 2"),
    ("rang dix", "rang 10"),
    ("rang VIII", "rang VII"),
    ("rang", "rang 5"),
    ("rang 1 lot 12", "rang 11 lot 2"),
    ("Bloc A B", "Bloc AB"),
    ("Bonaventure 3", "Bonaventure 1"),
    ("Partie Est", "Partie Ouest"),
    ("Rivière Nord", "Rivière Sud"),
    ("Haut-Richelieu", "Bas-Richelieu"),
    ("Paroisse de Saint-Pie", "Paroisse de Saint-Pie-X"),
    ("Saint-Jean", "Sainte-Jeanne"),
    ("Saint-Louise", "Saint-Louis"),
    ("Saint-Simon", "Saint-Siméon"),
    ("Saint-Luc", "Sainte-Luce"),
    ("Saint-Adelphe", "Saint-Adolphe"),
    ("Saint-Germain", "Sainte-Germaine"),
    ("Canton de Clifton", "Canton de Clinton"),
    ("Canton de Grenville", "Canton de Granville"),
    ("Canton de Buckland", "Canton d'Auckland"),
    ("Sainte-Anne", "Sainte-Anne-des-Monts"),
    ("Hébertville", "Hébertville-Station"),
    ("Paroisse de Notre-Dame-de-Québec", "Cadastre du Québec"),
    ("Notre-Dame-de-Québec", "Québec"),
    ("Québec", "Cité de Québec"),
    ("Paroisse d'Ely", "Canton d'Ely"),
    ("Village de Verchères", "Ville de Verchères"),
]
CONFUSABLE = [
    ("Bonaventure 1", "Bonaventure 2"),
    ("Charlevoix 1", "Charlevoix 2"),
    ("Lac-Saint-Jean-Est", "Lac-Saint-Jean-Ouest"),
    ("Laval", "La Tuque"),
    ("Lévis", "L'Islet"),
    ("Saint-Jean", "Saint-Hyacinthe"),
    ("Richelieu", "Richmond"),
    ("Montmagny", "Montmorency"),
]
