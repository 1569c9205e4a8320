"""Answers who would move under other programmes, over everything that is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chassis.clock import milliseconds
from chassis.partitions import SLOTS
from chassis.ports import Clock, Document, Documents, Query
from chassis.rpc.errors import invalid
from chassis.rules import RulesError
from chassis.stages.computing import Computation, gather
from chassis.stages.results import result
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.application.deciding import Deciding
from vip_tier.config import parse_programmes
from vip_tier.domain.decide import decide
from vip_tier.domain.effect import Effect, add_all
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programmes
from wire.answering import reason

CUSTOMERS_AT_ONCE = 1_000
NO_LIMIT = 10_000_000
EXAMPLES, MOST_EXAMPLES = 20, 1_000
REFUSED = reason(ErrorReason.ERROR_REASON_INVALID_RULES)

Make = Callable[[], Computation[Persona, Holding, Change]]


class ProgrammePreviews:
    """Decides about every customer under programmes that are not in force; writes nothing. For any number of threads.

    It reads share by share, `CUSTOMERS_AT_ONCE` customers with their personas at a time, and keeps only sums.
    """

    def __init__(self, make: Make, *, personas: Documents, results: Documents, clock: Clock) -> None:
        self._make = make
        self._personas = personas
        self._results = results
        self._clock = clock

    def preview(
        self, request: pb.PreviewProgrammeRequest, is_active: Callable[[], bool]
    ) -> Iterator[pb.PreviewProgrammeResponse]:
        """Tell the progress share by share, and at last the preview. Raises `RpcError` INVALID_ARGUMENT."""
        if not 0 <= request.examples <= MOST_EXAMPLES:
            raise invalid("examples", f"0 to {MOST_EXAMPLES}")
        try:
            loaded = parse_programmes(request.programmes, "programmes")
        except RulesError as error:
            raise invalid("programmes", str(error), REFUSED) from None
        now = milliseconds(self._clock.now())
        programmes = loaded.value
        most = request.examples or EXAMPLES
        effects = [Effect(programmes.in_force(name, now), most) for name in programmes.editions]
        computation, done = self._make(), 0
        for slot in range(SLOTS):
            if not is_active():
                return
            documents = self._results.find(Query(equals={"slot": slot}, limit=NO_LIMIT))
            live = [each for each in documents if "merged_into" not in each and each["message"]]
            for place in range(0, len(live), CUSTOMERS_AT_ONCE):
                batch = live[place : place + CUSTOMERS_AT_ONCE]
                for customer, before, after in self._decided(computation, batch, programmes, loaded.version):
                    add_all(effects, customer, before, after)
                done += len(batch)
            if slot < SLOTS - 1:
                yield pb.PreviewProgrammeResponse(customers_done=done, shares_done=slot + 1)
        yield pb.PreviewProgrammeResponse(
            customers_done=done, shares_done=SLOTS, previews=[_message(effect) for effect in effects]
        )

    def _decided(
        self,
        computation: Computation[Persona, Holding, Change],
        documents: list[Document],
        programmes: Programmes,
        version: str,
    ) -> Iterator[tuple[str, Holding, Holding]]:
        items = [result(document) for document in documents]
        material = gather(computation, items, self._personas, self._results)
        deciding = computation.compute
        assert isinstance(deciding, Deciding)
        for item in items:
            view = material.view(item, self._clock.now())
            if view.previous is None:
                continue
            holding = decide(programmes, version, deciding.situation(view), view.previous).holding
            yield item.group, view.previous, holding


def _message(effect: Effect) -> pb.ProgrammePreview:
    benefits = sorted(effect.benefits_before.keys() | effect.benefits_after.keys())
    return pb.ProgrammePreview(
        programme=effect.programme.programme,
        customers=effect.customers,
        up=effect.up,
        down=effect.down,
        moves=[
            pb.TierMove(from_tier=before, to_tier=after, customers=customers)
            for (before, after), customers in sorted(effect.moves.items())
        ],
        points_before=effect.points_before,
        points_after=effect.points_after,
        benefits=[
            pb.BenefitHolders(benefit=each, before=effect.benefits_before[each], after=effect.benefits_after[each])
            for each in benefits
        ],
        examples=[
            pb.CustomerMove(customer_id=customer, from_tier=before, to_tier=after)
            for customer, before, after in effect.examples
        ],
    )
