"""What people add in their own words, so that hardly two of them say the same: who, did what, where."""

from __future__ import annotations

from rapportctl.town.chance import Draw

_LINES = {
    "en": """
        My sister|My neighbour|A colleague|My flatmate|Our postman|My mum|A stranger|The barista
        noticed it|borrowed it|asked about it|photographed it|wanted one too|laughed about it|sketched it
        at the market|on the train|at a wedding|in the rain|by the lake|at the office|after the concert|on Sunday""",
    "de": """
        Meine Schwester|Mein Nachbar|Eine Kollegin|Meine Mitbewohnerin|Der Postbote|Meine Mutter|Ein Fremder|Mein Chef
        hat es bemerkt|hat es geliehen|hat danach gefragt|hat es fotografiert|wollte auch eins|hat gelacht
        auf dem Markt|im Zug|auf einer Hochzeit|im Regen|am See|im Büro|nach dem Konzert|am Sonntagmorgen""",
    "fr": """
        Ma sœur|Mon voisin|Une collègue|Ma colocataire|Le facteur|Ma mère|Un inconnu|Mon cousin
        l'a remarqué|l'a emprunté|m'a posé la question|l'a pris en photo|en voulait un aussi|en a ri|l'a dessiné
        au marché|dans le train|à un mariage|sous la pluie|au bord du lac|au bureau|après le concert|dimanche matin""",
    "es": """
        Mi hermana|Mi vecino|Una compañera|Mi compañera de piso|El cartero|Mi madre|Un desconocido|Mi primo
        se fijó|me lo pidió prestado|preguntó por él|le hizo una foto|quería otro|se rió|lo dibujó
        en el mercado|en el tren|en una boda|bajo la lluvia|junto al lago|en la oficina|tras el concierto|el domingo""",
    "it": """
        Mia sorella|Il mio vicino|Una collega|La mia coinquilina|Il postino|Mia madre|Uno sconosciuto|Mio cugino
        lo ha notato|lo ha preso in prestito|ha chiesto dove|lo ha fotografato|ne voleva uno|ha riso|lo ha disegnato
        al mercato|in treno|a un matrimonio|sotto la pioggia|al lago|in ufficio|dopo il concerto|domenica mattina""",
    "pt-BR": """
        Minha irmã|Meu vizinho|Uma colega|Minha amiga|O carteiro|Minha mãe|Um estranho|Meu primo
        reparou|pediu emprestado|perguntou onde|tirou uma foto|queria um também|deu risada|desenhou
        na feira|no trem|num casamento|na chuva|na praia|no escritório|depois do show|no domingo de manhã""",
}
_WORDS = {
    language: [tuple(line.strip().split("|")) for line in lines.strip().splitlines()]
    for language, lines in _LINES.items()
}


def aside(language: str, draw: Draw) -> str:
    """Make up two remarks of somebody who speaks the language."""
    return " ".join(_remark(language, draw) for _ in range(2))


def _remark(language: str, draw: Draw) -> str:
    return " ".join(words[int(draw() * len(words))] for words in _WORDS[language]) + "."
