"""A simulated town of people and what they do with a brand, with the truth about it.

town = Town(TownSettings(people=1000, seed=7))
for event in town.events():
    send(event.account_key, event.payload())
town.truth().write(Path("truth.json"))
"""

from rapportctl.town.events import TownEvent
from rapportctl.town.faults import REASONS
from rapportctl.town.identifiers import PLANTED, is_blocked
from rapportctl.town.settings import TownSettings
from rapportctl.town.town import Town
from rapportctl.town.truth import CustomerTruth, PersonTruth, SharedIdentifier, Totals, Truth

__all__ = [
    "PLANTED",
    "REASONS",
    "CustomerTruth",
    "PersonTruth",
    "SharedIdentifier",
    "Totals",
    "Town",
    "TownEvent",
    "TownSettings",
    "Truth",
    "is_blocked",
]
