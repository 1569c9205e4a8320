"""What people and the brand say, by language and mood. "{}" stands for a product."""

from __future__ import annotations

from enum import IntEnum, auto


class Mood(IntEnum):
    """How something is said."""

    PRAISE = auto()
    THANKS = auto()
    QUESTION = auto()
    WISH = auto()
    ANSWER = auto()
    DEFENCE = auto()
    COMPLAINT = auto()
    DETRACTION = auto()
    PLAIN = auto()
    FOLLOW_UP = auto()
    SOLVED = auto()
    BRAND = auto()
    OUTAGE = auto()


TOPICS = ("stock", "payment", "delivery", "feedback")
CRISIS_TOPIC = "outage"
"""Spoken of in the crisis only."""

PRODUCTS = ("Luna", "Alba", "Fjord", "Siena", "Kite", "Moss", "Ember", "Pebble", "Juno", "Tern", "Onyx", "Wren")

_LINES = {
    "en": """
        In love with my new {}! | The {} is even better than in the pictures.
        Thank you, the {} arrived a day early! | Thanks for the quick help with my {}.
        Does the {} come in other colours? | Is the {} back in stock soon?
        I need this {} right now. | Saving up for the {}.
        The {} runs a little small, take one size up. | You can return the {} within 30 days.
        Honestly, they have always been fair to me. | Give them a break, they replaced my {} at once.
        My {} came broken and nobody answers. | Still waiting for my {} after two weeks.
        Never buy from them, the {} is rubbish. | Do not waste your money on the {}.
        Out and about with the {}. | {} today.
        Any news about my {}? | I have sent the photos of the {}.
        It works now, thank you. | Solved, the {} is fine.
        Sorry about your {}. We are looking into it. | Thanks for writing! Your {} is on its way.
        The shop is down and my order is gone! | Charged twice for the {} and no answer.""",
    "de": """
        Ich liebe mein neues {}! | {} ist noch schöner als auf den Bildern.
        Danke, {} kam einen Tag früher! | Danke für die schnelle Hilfe mit {}.
        Gibt es {} auch in anderen Farben? | Ist {} bald wieder da?
        Ich brauche {} sofort. | Ich spare auf {}.
        {} fällt klein aus, nimm eine Größe mehr. | Du kannst {} 30 Tage lang zurückgeben.
        Zu mir waren sie immer fair. | Seid nett, mir haben sie {} sofort ersetzt.
        {} kam kaputt an und niemand antwortet. | Ich warte seit zwei Wochen auf {}.
        Kauft dort nie, {} ist Schrott. | {} ist das Geld nicht wert.
        Unterwegs mit {}. | Heute {}.
        Gibt es Neues zu {}? | Die Fotos von {} sind unterwegs.
        Jetzt geht es, danke. | Erledigt, {} ist in Ordnung.
        Das mit {} tut uns leid. Wir kümmern uns. | Danke! {} ist auf dem Weg.
        Der Shop ist weg und meine Bestellung auch! | {} zweimal abgebucht und keine Antwort.""",
    "fr": """
        J'adore mon nouveau {} ! | {} est encore plus beau en vrai.
        Merci, {} est arrivé en avance ! | Merci pour votre aide avec {}.
        {} existe en d'autres couleurs ? | {} revient bientôt ?
        Il me faut {} tout de suite. | J'économise pour {}.
        {} taille petit, prenez au-dessus. | Vous avez 30 jours pour rendre {}.
        Ils ont toujours été corrects avec moi. | Ils ont remplacé mon {} aussitôt.
        {} est arrivé cassé et personne ne répond. | J'attends {} depuis deux semaines.
        N'achetez jamais chez eux, {} est nul. | {} ne vaut pas son prix.
        En balade avec {}. | {} aujourd'hui.
        Des nouvelles de {} ? | J'ai envoyé les photos de {}.
        Ça marche, merci. | Résolu, {} va bien.
        Désolés pour {}. Nous regardons. | Merci ! {} est en route.
        Le site est en panne et ma commande a disparu ! | {} débité deux fois, sans réponse.""",
    "es": """
        ¡Me encanta mi nuevo {}! | {} es aún mejor en persona.
        ¡Gracias, {} llegó un día antes! | Gracias por la ayuda con {}.
        ¿Hay {} en otros colores? | ¿Vuelve pronto {}?
        Necesito {} ya. | Estoy ahorrando para {}.
        {} talla pequeño, pide una más. | Puedes devolver {} en 30 días.
        Conmigo siempre han sido justos. | A mí me cambiaron {} enseguida.
        {} llegó roto y nadie contesta. | Llevo dos semanas esperando {}.
        No compréis nunca ahí, {} es malísimo. | {} no vale lo que cuesta.
        De paseo con {}. | Hoy, {}.
        ¿Hay noticias de {}? | He enviado las fotos de {}.
        Ya funciona, gracias. | Resuelto, {} está bien.
        Sentimos lo de {}. Lo miramos. | ¡Gracias! {} va en camino.
        ¡La tienda no funciona y mi pedido ha desaparecido! | Me cobraron {} dos veces y nadie contesta.""",
    "it": """
        Adoro il mio nuovo {}! | {} è ancora più bello dal vivo.
        Grazie, {} è arrivato in anticipo! | Grazie per l'aiuto con {}.
        C'è {} in altri colori? | {} torna presto?
        Voglio {} subito. | Sto risparmiando per {}.
        {} veste piccolo, prendi una taglia in più. | Puoi rendere {} entro 30 giorni.
        Con me sono sempre stati corretti. | Mi hanno sostituito {} subito.
        {} è arrivato rotto e nessuno risponde. | Aspetto {} da due settimane.
        Non comprate mai da loro, {} è pessimo. | {} non vale il prezzo.
        In giro con {}. | Oggi {}.
        Novità su {}? | Ho mandato le foto di {}.
        Ora funziona, grazie. | Risolto, {} va bene.
        Ci dispiace per {}. Controlliamo. | Grazie! {} è in viaggio.
        Il sito è giù e il mio ordine è sparito! | {} addebitato due volte e nessuna risposta.""",
    "pt-BR": """
        Amei meu novo {}! | {} é ainda melhor ao vivo.
        Obrigada, {} chegou um dia antes! | Obrigado pela ajuda com {}.
        Tem {} em outras cores? | {} volta logo?
        Preciso de {} agora. | Juntando dinheiro para {}.
        {} veste pequeno, peça um maior. | Você pode devolver {} em 30 dias.
        Comigo sempre foram corretos. | Trocaram meu {} na hora.
        {} chegou quebrado e ninguém responde. | Espero {} há duas semanas.
        Nunca comprem lá, {} é péssimo. | {} não vale o preço.
        Passeando com {}. | Hoje, {}.
        Alguma novidade de {}? | Mandei as fotos de {}.
        Funcionou, obrigado. | Resolvido, {} está bem.
        Sentimos muito por {}. Vamos ver. | Obrigado! {} está a caminho.
        A loja caiu e meu pedido sumiu! | Cobraram {} duas vezes e ninguém responde.""",
}


def _by_mood(lines: str) -> dict[int, tuple[str, ...]]:
    said = [tuple(phrase.strip() for phrase in line.split("|")) for line in lines.strip().splitlines()]
    return {int(mood): phrases for mood, phrases in zip(Mood, said, strict=True)}


PHRASES = {language: _by_mood(lines) for language, lines in _LINES.items()}
"""Per language and mood, what is said."""


def spoken(language: str) -> str:
    """Give the language in which people of a language write to the brand: theirs, or English."""
    return language if language in PHRASES else "en"
