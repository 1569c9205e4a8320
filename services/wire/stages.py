"""The two stages of a service over Rapport's topics: what all three results services wire alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from chassis.ports import Documents
from chassis.pseudonym import Pseudonymizer
from chassis.service import WorkerContext
from chassis.stages.computing import Computation
from chassis.stages.erasing import MEMBER_MARKERS, MemberErasing
from chassis.stages.fold import Fold, FoldLogic, FoldTopics, Reader
from chassis.stages.group_erasing import GROUP_MARKERS, GroupErasing
from chassis.stages.owned import ByField, Owned
from chassis.stages.parts import PartCodec
from chassis.stages.reconcile import LevelReader, Reconcile, ReconcileTopics
from chassis.stages.versions import Versions
from wire.reading import read_assignment, read_customer
from wire.replayed import replayed

P = TypeVar("P")
E = TypeVar("E")
R = TypeVar("R")
C = TypeVar("C")


def fold_by_account(
    context: WorkerContext,
    *,
    read: Reader[E],
    logic: FoldLogic[P, E],
    codec: PartCodec[P],
    personas: Documents,
    rows: Documents | None = None,
    more: Mapping[str, Reader[E]] | None = None,
    owned: Sequence[Owned] = (),
) -> Fold[P, E]:
    """The first stage: identified interactions, replayed ones and assignments into personas.

    `more` are readers of further topics of the accounts, by the topics' names without the prefix. `owned` is all beside
    the personas that goes with an account that is erased.
    """
    topic, service = context.settings.topic, context.settings.service
    retries = topic(f"retry.{service}")
    further = {topic(name): reader for name, reader in (more or {}).items()}
    return Fold(
        topics=FoldTopics(
            readers={
                topic("identified-interactions"): read,
                topic("identity-assignments"): read_assignment,
                retries: replayed(read, further),
                **further,
            },
            touched=topic(f"touched.{service}"),
            retries=frozenset({retries}),
        ),
        logic=logic,
        codec=codec,
        parts=personas,
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        rows=rows,
        erasing=MemberErasing(
            parts=personas,
            markers=context.documents(MEMBER_MARKERS),
            owned=owned,
            hashed=Pseudonymizer(context.settings.pseudonym_key).hash,
            dead_letters=context.dead_letters,
            clock=context.clock,
        ),
    )


def reconcile_by_customer(
    context: WorkerContext,
    *,
    computation: Computation[P, R, C],
    personas: Documents,
    results: Documents,
    levels: Mapping[str, LevelReader] | None = None,
    is_clocked: bool = False,
    history: Documents | None = None,
    versions: Versions | None = None,
) -> Reconcile[P, R, C]:
    """The second stage: memberships, and what `levels` reads of other services, into results.

    `levels` are readers by the topics' names without the prefix; `history` keeps every change that is told, `versions`
    every state that another took the place of.
    """
    topic = context.settings.topic
    owned = [ByField(documents, "group") for documents in (history, versions and versions.documents) if documents]
    readers: dict[str, LevelReader] = {topic("customers"): read_customer}
    readers.update((topic(name), reader) for name, reader in (levels or {}).items())
    return Reconcile(
        topics=ReconcileTopics(touched=topic(f"touched.{context.settings.service}"), levels=readers),
        computation=computation,
        parts=personas,
        results=results,
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
        partitions=context.settings.partitions,
        is_clocked=is_clocked,
        history=history,
        versions=versions,
        erasing=GroupErasing(
            results=results,
            markers=context.documents(GROUP_MARKERS),
            owned=owned,
            hashed=Pseudonymizer(context.settings.pseudonym_key).hash,
            announcer=computation.announcer,
            publisher=context.publisher,
            dead_letters=context.dead_letters,
            clock=context.clock,
        ),
    )
