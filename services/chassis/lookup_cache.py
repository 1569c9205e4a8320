"""How a server opens collections: reads are joined, and announced states may be kept in memory.

RAPPORT_LOOKUP_CACHE_MB says how much of them; 0, the default, that none are: then no topic is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from chassis.ports import Documents
from chassis.service import Announced
from chassis.settings import Settings
from chassis.stages.cached_states import CachedStates
from chassis.stages.state_cache import StateCache
from chassis.store.coalescing import CoalescedReads
from chassis.stream.level_follower import LevelFollower

_MEGABYTE = 1_000_000

Open = Callable[[str], Documents]


def documents_for_calls(announced: Announced | None, settings: Settings, stored: Open, running: ExitStack) -> Open:
    """What opens collections, with a cache over the one of announced states where it is asked for.

    All who open that one share the cache. Its topic is followed until `running` ends.
    """
    if announced is None or not settings.lookup_cache_mb:
        return lambda name: CoalescedReads(stored(name))
    cache = StateCache(settings.lookup_cache_mb * _MEGABYTE, announced.read)
    running.enter_context(LevelFollower(settings.kafka, settings.service, settings.topic(announced.topic), cache))
    cached = CachedStates(stored(announced.collection), cache)
    return lambda name: cached if name == announced.collection else CoalescedReads(stored(name))
