"""The places that people come from, with their names, streets and towns. All invented combinations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """A country with the names that are common there."""

    language: str
    country: str
    phone_prefix: str
    """Seven more digits make a well-formed mobile number. Invented, and never to be called."""
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    streets: tuple[str, ...]
    """With {} for the house number."""
    cities: tuple[tuple[str, str, str], ...]
    """City, postal code, region (empty where addresses have none)."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split(";"))


def _cities(text: str) -> tuple[tuple[str, str, str], ...]:
    cities = (line.split("/") for line in _lines(text))
    return tuple((city, postal_code, region) for city, postal_code, region in cities)


LOCALES = (
    Locale(
        language="en",
        country="GB",
        phone_prefix="+44740",
        given_names=_words(
            "Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophie Emma Hannah Chloe Zoe "
            "Noah George Oliver Arthur Leo Oscar Theodore Freddie Harry James Thomas William Daniel Samuel Adam Callum"
        ),
        family_names=_words(
            "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White "
            "Roberts Green Hall Wood Jackson Clarke Khan Lewis Harris Turner Hill Cooper Ward Morris Baker O'Brien"
        ),
        streets=_lines("{} High Street; {} Station Road; {} Church Lane; {} Victoria Road; {} Mill Lane; {} The Green"),
        cities=_cities("London/E8 1DY/; Leeds/LS6 3AA/; Bristol/BS1 5TR/; Glasgow/G12 8QQ/; Cardiff/CF10 1EP/"),
    ),
    Locale(
        language="de",
        country="DE",
        phone_prefix="+491511",
        given_names=_words(
            "Emilia Sophia Emma Mia Hannah Lina Lea Marie Clara Anna Leni Frieda Jana Käthe Jürgen Björn "
            "Noah Matteo Elias Finn Leon Paul Emil Luca Henry Felix Jonas Maximilian Moritz Anton Lukas Jörg"
        ),
        family_names=_words(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter "
            "Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Krause Yilmaz Vogel"
        ),
        streets=_lines("Hauptstraße {}; Bahnhofstraße {}; Gartenweg {}; Schulstraße {}; Lindenallee {}; Am Markt {}"),
        cities=_cities("Berlin/10437/; Hamburg/22765/; Köln/50823/; Leipzig/04229/; München/80331/"),
    ),
    Locale(
        language="fr",
        country="FR",
        phone_prefix="+3361",
        given_names=_words(
            "Louise Jade Ambre Alba Emma Rose Alice Romy Anna Léna Chloé Zoé Inès Élise Manon Camille "
            "Gabriel Raphaël Léo Louis Maël Noah Jules Arthur Adam Lucas Hugo Théo Éthan Nathan Étienne François"
        ),
        family_names=_words(
            "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy Roux "
            "David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Müller Garnier"
        ),
        streets=_lines(
            "{} rue de la Gare; {} rue du Moulin; {} avenue Jean Jaurès; {} place de l'Église; {} rue Neuve"
        ),
        cities=_cities("Paris/75011/; Lyon/69003/; Nantes/44000/; Lille/59800/; Toulouse/31000/"),
    ),
    Locale(
        language="es",
        country="ES",
        phone_prefix="+3461",
        given_names=_words(
            "Lucía Sofía Martina María Julia Paula Valeria Emma Daniela Carla Alma Olivia Sara Carmen Noa Begoña "
            "Martín Mateo Hugo Leo Lucas Manuel Alejandro Pablo Daniel Álvaro Adrián Enzo Mario Diego David Íñigo"
        ),
        family_names=_words(
            "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz "
            "Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano"
        ),
        streets=_lines(
            "Calle Mayor {}; Calle Real {}; Avenida de la Constitución {}; Calle del Sol {}; Plaza Nueva {}"
        ),
        cities=_cities("Madrid/28012/; Barcelona/08012/; Valencia/46006/; Sevilla/41003/; Bilbao/48005/"),
    ),
    Locale(
        language="it",
        country="IT",
        phone_prefix="+39347",
        given_names=_words(
            "Sofia Aurora Giulia Ginevra Vittoria Beatrice Alice Ludovica Emma Matilde Anna Camilla Chiara Giorgia "
            "Leonardo Francesco Tommaso Edoardo Alessandro Lorenzo Mattia Gabriele Riccardo Andrea Nicolò Diego Matteo"
        ),
        family_names=_words(
            "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Mancini Costa "
            "Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli D'Angelo"
        ),
        streets=_lines("Via Roma {}; Via Garibaldi {}; Corso Italia {}; Via Dante {}; Piazza del Popolo {}"),
        cities=_cities("Roma/00185/RM; Milano/20121/MI; Torino/10121/TO; Napoli/80134/NA; Bologna/40121/BO"),
    ),
    Locale(
        language="pt-BR",
        country="BR",
        phone_prefix="+551198",
        given_names=_words(
            "Helena Alice Laura Valentina Heloísa Sophia Júlia Lorena Lívia Cecília Manuela Luísa Beatriz Antônia "
            "Miguel Arthur Heitor Bernardo Davi Théo Lorenzo Gabriel Pedro Benjamim Samuel Lucas João Rafael Otávio"
        ),
        family_names=_words(
            "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho "
            "Almeida Lopes Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Araújo Gonçalves"
        ),
        streets=_lines("Rua das Flores, {}; Avenida Paulista, {}; Rua XV de Novembro, {}; Rua São João, {}"),
        cities=_cities(
            "São Paulo/01310-100/SP; Rio de Janeiro/20040-002/RJ; Curitiba/80020-310/PR; Recife/50030-230/PE"
        ),
    ),
)

_PLAIN = str.maketrans("áàâãäåçéèêëíìîïñóòôõöúùûüýß", "aaaaaaceeeeiiiinooooouuuuys", "'- .")


def plain(name: str) -> str:
    """Write a name as addresses and handles do: a to z, and nothing else."""
    return name.lower().translate(_PLAIN)
