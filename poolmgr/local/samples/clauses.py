"""The prose of the deeds: what every deed of a kind says, and what it may say besides."""


def part_clauses(text: str) -> tuple[str, ...]:
    """The clauses of a text that parts them by an empty line."""
    return tuple(" ".join(clause.split()) for clause in text.split("\n\n"))


SALE_TITLE = part_clauses("""
Le vendeur fournira à l’acquéreur une copie de tous les titres en sa possession et déclare que
l’immeuble est libre de tout droit réel et de toute autre charge, sauf ce qui est dit ci-après.

La présente vente est faite avec la garantie légale. L’acquéreur devient propriétaire à compter de ce
jour, avec possession et occupation immédiates.
""")
SALE_FURTHER = part_clauses("""
Le vendeur déclare que tous les impôts fonciers échus ont été payés, sans subrogation, jusqu’au trente
et un décembre dernier, et que tous les droits de mutation ont été acquittés.

L’immeuble n’a fait l’objet d’aucun avis d’expropriation et n’est pas situé dans une zone agricole au
sens de la Loi sur la protection du territoire et des activités agricoles.

Le vendeur est un résident canadien au sens de la Loi de l’impôt sur le revenu et n’a pas l’intention de
modifier cette résidence ; il fait cette déclaration sous serment.

L’acquéreur déclare avoir visité l’immeuble, en avoir vérifié auprès des autorités compétentes la
destination, et s’en dit entièrement satisfait.

L’acquéreur paiera toutes les taxes échues et à échoir, y compris la proportion de celles de l’année en
cours, à compter de la date des répartitions.

L’acquéreur paiera les frais et honoraires de la vente, de sa publicité et des copies pour toutes les
parties, ainsi que le coût du certificat de localisation qu’il a demandé.

Le système de chauffage et le chauffe-eau appartiennent au vendeur, sont libres de tout droit et seront
remis en bon état de fonctionnement.

Aucune rénovation, amélioration ou addition n’a été faite à l’immeuble au cours des six derniers mois
qui puisse donner lieu à une hypothèque légale de la construction.

L’immeuble n’est pas assujetti à un droit de préemption, ni compris dans un ensemble immobilier, ni
classé bien culturel, ni situé dans une aire de protection.

Les parties déclarent que le terrain est borné par une clôture érigée depuis plus de dix ans et qu’aucun
empiétement ne leur a été signalé par les voisins.

Les parties conviennent que la garantie de qualité ne s’étend pas à la piscine, au cabanon ni aux
appareils électroménagers laissés sur les lieux.

Toute somme due entre les parties en vertu des présentes portera intérêt au taux de six pour cent l’an à
compter de son échéance, sans qu’il soit nécessaire de mettre le débiteur en demeure.

L’acquéreur assumera seul, à compter de ce jour, les risques afférents à l’immeuble, conformément à
l’article 1456 du Code civil du Québec.

La résidence familiale des époux n’a fait l’objet d’aucune déclaration publiée, et le conjoint du
vendeur intervient pour consentir à la vente et à ses effets.

Si une disposition du présent acte était jugée nulle, les autres dispositions n’en seraient pas touchées
et garderaient leur plein effet entre les parties et leurs ayants cause.

Le présent acte constate fidèlement les ententes des parties et remplace toute promesse d’achat, toute
offre et tout écrit antérieur, sauf ce qui leur survit par nature.
""")
RELEASE = part_clauses("Le créancier consent à la radiation de tous ses droits sur l’immeuble.")
RELEASE_FURTHER = part_clauses("""
Le créancier déclare que la créance n’a été ni cédée, ni donnée en garantie, et qu’il a pleine capacité
pour en donner quittance.

Le créancier remet au débiteur les titres constatant la créance et renonce à tout recours fondé sur les
obligations qui s’éteignent par les présentes.

L’officier de la publicité des droits est requis de radier l’inscription décrite ci-dessus et toute
inscription qui en est l’accessoire.

Le débiteur accepte la présente quittance et paiera les frais des présentes, de leur publicité et des
copies.

La mainlevée est totale : elle libère l’immeuble entier, avec toutes ses dépendances, et n’est soumise à
aucune condition.

L’avis d’adresse inscrit par le créancier pour la créance éteinte est lui aussi sans effet à compter de
ce jour.
""")
SERVITUDE_FURTHER = part_clauses("""
La servitude comprend le droit de placer, remplacer, entretenir et exploiter les lignes, les poteaux,
les haubans et les appareils nécessaires, au-dessus et au-dessous du sol.

Le cessionnaire peut couper, émonder et enlever les arbres et les branches qui nuisent à ses ouvrages,
après un avis de dix jours donné par écrit.

Nul bâtiment ne sera érigé sur l’assiette de la servitude, sauf les clôtures, les haies basses et les
revêtements d’asphalte.

Le cessionnaire répare à ses frais tout dommage causé par ses travaux et remet les lieux en état dans un
délai raisonnable.

La servitude est perpétuelle, réelle, et grève le fonds servant en faveur du fonds dominant, en quelques
mains que passent l’un et l’autre.

Le cédant demeure propriétaire du fonds et peut le cultiver, y circuler et y stationner, sans nuire à
l’exercice de la servitude.
""")
NOTICE_FURTHER = part_clauses("""
Le présent avis est donné afin que les notifications prescrites par le Code civil du Québec soient
faites au titulaire à l’adresse indiquée.

Il remplace tout avis inscrit auparavant par le titulaire à l’égard du même droit.

Le requérant atteste que le titulaire est identifié avec exactitude et que l’avis est conforme à sa
réquisition.
""")
