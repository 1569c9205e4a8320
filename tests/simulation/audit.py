"""What must be true once all is quiet, computed anew in one go from what producers sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Any

import advocacy_scoring.adapters.codec
import customer_profile.adapters.codec
import vip_tier.adapters.codec
from advocacy_scoring.adapters import traces
from advocacy_scoring.adapters.findings import TOPIC as FINDINGS
from advocacy_scoring.adapters.findings import FindingsReader
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.relationships import TOPIC as RELATIONSHIPS
from advocacy_scoring.adapters.relationships import RelationshipsReader
from advocacy_scoring.application.folding import DeedFolding
from advocacy_scoring.bootstrap import reader as deed_reader
from advocacy_scoring.bootstrap import stored_rules
from advocacy_scoring.config import scoring_rules
from advocacy_scoring.domain.announced import standing
from advocacy_scoring.domain.score import evaluate
from chassis.clock import milliseconds
from chassis.errors import InvalidRecord
from chassis.records import ReadRecord, Record
from chassis.stages.results import Result, result
from customer_profile.adapters.decisions import read_decision
from customer_profile.adapters.stages import folded, interactions_read
from customer_profile.config import profile_rules
from customer_profile.domain.basis import Basis
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.timeline import decision_row_id, row_id
from customer_profile.domain.unify import Known, unify
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.config import identity_rules, make_keys
from rapport.advocacy.v1 import advocacy_pb2
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.decision_pb2 import Decision
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1 import profile_pb2
from rapport.tier.v1 import tier_pb2
from tests.simulation.identity import admitted, customers, decided, differing
from tests.simulation.segments import segments
from tests.simulation.system import ADVOCACY, IDENTITY, PROFILE, SERVICES, START, TIER, System, settings_of
from vip_tier.adapters.interactions import InteractionReader as TierReader
from vip_tier.application.folding import TierFolding
from vip_tier.config import vip_programmes
from vip_tier.domain.decide import decide
from vip_tier.domain.persona import Persona as TierPersona
from vip_tier.domain.situation import AdvocacyScore, Situation
from wire.decisions import decision_reader

RESULTS = {PROFILE: "records", ADVOCACY: "scores", TIER: "tiers"}
LEVELS = {PROFILE: "customer-records", ADVOCACY: "advocacy-scores", TIER: "tiers"}

_RULES = profile_rules(settings_of(PROFILE))
BASIS = Basis(_RULES.value, _RULES.version)
"""What the profile computes by where nothing was promoted."""

CODECS: dict[str, tuple[Any, Any]] = {
    PROFILE: (customer_profile.adapters.codec.personas(lambda: BASIS.plan), customer_profile.adapters.codec.records()),
    ADVOCACY: (advocacy_scoring.adapters.codec.personas(), advocacy_scoring.adapters.codec.scores()),
    TIER: (vip_tier.adapters.codec.personas(), vip_tier.adapters.codec.holdings()),
}


class Truth:
    """The valid interactions, each once, and what follows from them, by plain loops.

    `forwarded` has them by account and event id, `claims` are accounts with identifiers that they show; `personas` by
    service and account.
    """

    def __init__(self, system: System) -> None:
        self.refused: dict[str, set[tuple[str, str]]] = {name: set() for name in SERVICES}
        self.repeats: Counter[str] = Counter()
        self.forwarded: dict[tuple[str, str], ReadRecord] = {}
        self.claims: set[tuple[str, str]] = set()
        self._read(system)
        scoring = system.settings[ADVOCACY]
        rules = stored_rules(scoring, lambda name: system.stores[ADVOCACY][name], system.clock)
        self.personas = {
            PROFILE: self._fold(PROFILE, interactions_read(BASIS), folded(BASIS)),
            ADVOCACY: self._fold(ADVOCACY, deed_reader(scoring, rules), DeedFolding(traces.document)),
            TIER: self._fold(TIER, TierReader(vip_programmes(system.settings[TIER]).value), TierFolding()),
        }
        self.laid_down = set(self._lay_down(system))
        for record in system.broker.records(system.topic(FINDINGS)):
            entry = FindingsReader(scoring.epoch)(record)
            assert entry is not None
            self.personas[ADVOCACY][entry.member].findings = entry.event
        related = RelationshipsReader(Parties(scoring.pseudonym_key), scoring.epoch)
        for record in system.broker.records(system.topic(RELATIONSHIPS)):
            told = related(record)
            assert told is not None
            fresh = CODECS[ADVOCACY][0].new(told.member).state
            persona = self.personas[ADVOCACY].setdefault(told.member, fresh)
            persona.related = max(persona.related, told.event, key=attrgetter("version"))

    def _read(self, system: System) -> None:
        settings = system.settings[IDENTITY]
        rules = identity_rules(settings).value
        tolerance = timedelta(seconds=rules.intake.future_tolerance_seconds)
        reader = IntakeReader(make_keys(rules, settings.pseudonym_key), rules.matching.fields, tolerance)
        for record in system.broker.records(system.topic("interactions")):
            try:
                read = reader.read(record, START)
            except InvalidRecord:
                self.refused[IDENTITY].add((str(record.partition), str(record.offset)))
                continue
            event = read.account, read.event_id
            if event in self.forwarded:
                self.repeats[read.account] += 1
                continue
            self.forwarded[event] = _identified(record, read.account)
            self.claims.update((read.account, identifier) for identifier in read.identifiers)

    def _fold(self, service: str, read: Any, logic: Any) -> dict[str, Any]:
        """The personas that come of it; what the service cannot use is refused."""
        personas: dict[str, Any] = {}
        for (account, event_id), record in self.forwarded.items():
            entry = read(record)
            if entry is None:
                continue
            persona = personas.setdefault(account, CODECS[service][0].new(account).state)
            try:
                logic.fold(persona, entry)
            except InvalidRecord:
                self.refused[service].add((account, event_id))
        return personas

    def _lay_down(self, system: System) -> Iterator[tuple[str, str]]:
        """Have the profile take in what people decided, in the order of the log; yield each by account and id."""
        read, logic = decision_reader(system.settings[PROFILE].epoch, read_decision), folded(BASIS)
        for record in system.broker.records(system.topic("decisions")):
            entry = read(record)
            assert entry is not None
            fresh = CODECS[PROFILE][0].new(entry.member).state
            try:
                logic.fold(self.personas[PROFILE].setdefault(entry.member, fresh), entry)
            except InvalidRecord:
                self.refused[PROFILE].add((entry.member, entry.event.event_id))
            else:
                yield entry.member, entry.event.event_id


def _identified(record: Record, account: str) -> ReadRecord:
    interaction = Interaction.FromString(record.value or b"")
    origin = Origin(epoch=1, topic="interactions", partition=record.partition, offset=record.offset)
    value = IdentifiedInteraction(interaction=interaction, account_key=account, origin=origin).SerializeToString()
    return ReadRecord("identified", 0, 0, 0, account.encode(), value)


def faults(system: System) -> list[str]:
    """Everything that is not as it should be, a sentence each."""
    truth = Truth(system)
    found = [*admitted(system, truth.forwarded, truth.repeats, truth.claims), *decided(system)]
    found += _dead_letters(system, truth)
    for service in RESULTS:
        found += _personas(system, truth, service)
        found += _results(system, service)
        found += _level(system, service)
    found += [*_records(system, truth), *_scores(system, truth), *_tiers(system, truth), *_changes(system)]
    found += segments(system)
    return found


def _dead_letters(system: System, truth: Truth) -> Iterator[str]:
    """I14: what a service refuses is in its dead letters, and nothing else is."""
    for service in SERVICES:
        letters = set()
        for record in system.broker.records(system.topic(f"dead-letters.{service}")):
            if service == IDENTITY:
                headers = dict(record.headers)
                letters.add(tuple(headers[f"rapport-source-{name}"].decode() for name in ("partition", "offset")))
            else:
                letters.add(_event_of(system, record))
        if letters != truth.refused[service]:
            yield f"I14: {service} has dead letters {letters} instead of {truth.refused[service]}"


def _event_of(system: System, letter: ReadRecord) -> tuple[str, str]:
    """Account and event id of a dead letter."""
    if dict(letter.headers)["rapport-source-topic"] == system.topic("decisions").encode():
        decision = Decision.FromString(letter.value or b"")
        return decision.account_key, decision.event_id
    message = IdentifiedInteraction.FromString(letter.value or b"")
    return message.account_key, message.interaction.event_id


def _personas(system: System, truth: Truth, service: str) -> Iterator[str]:
    """I2, I9: a persona is the fold of its account's interactions; nobody has still to hear of a move."""
    codec = CODECS[service][0]
    parts = {key: codec.part(each) for key, each in system.stores[service]["personas"].everything().items()}
    expected = {account: codec.new(account).state for account in parts} | truth.personas[service]
    yield from differing(
        f"I2: {service}'s persona",
        {key: _order_free(part.state) for key, part in parts.items()},
        {key: _order_free(state) for key, state in expected.items()},
    )
    yield from (f"I9: {service} has still to tell {part.left} of {key}" for key, part in parts.items() if part.left)
    belongs = {key: each["customer"] for key, each in system.stores[IDENTITY]["memberships"].everything().items()}
    # Of an account that has sent nothing, a decision may be known.
    held = {key: part.group for key, part in parts.items() if part.group or key in belongs}
    yield from differing(f"I4: {service}'s customer of", held, belongs)


def _order_free(state: Any) -> Any:
    """A persona without what tells the order in which events came, which source partitions decide."""
    if isinstance(state, TierPersona):
        return state.orders, state.returns, state.months, state.rolled_up
    return state


def _stored(system: System, service: str) -> dict[str, Result]:
    documents = system.stores[service][RESULTS[service]].everything()
    return {key: result(each) for key, each in documents.items() if each["message"]}


def states(system: System, service: str) -> dict[str, Any]:
    """What is held of live customers."""
    codec = CODECS[service][1]
    return {key: codec.decode(each.body.state) for key, each in _stored(system, service).items() if not each.is_closed}


def _results(system: System, service: str) -> Iterator[str]:
    """I4, I9: all services have the customers that identity has, with their members; outboxes are empty."""
    found = {key: (set(each.body.members), each.body.merged_into) for key, each in _stored(system, service).items()}
    expected = {
        id_: ({member.account_key for member in each.accounts}, each.merged_into)
        for id_, each in customers(system).items()
    }
    yield from differing(f"I4: {service}'s customer", found, expected)
    for key, each in _stored(system, service).items():
        if each.body.outbox:
            yield f"I9: {service} has still to send changes of {key}"
        if each.body.due_at and each.body.due_at <= milliseconds(system.clock.now()):
            yield f"I16: {service} has not done what was due for {key}"


def _level(system: System, service: str) -> Iterator[str]:
    """I8: the last message on the level topic is what is stored; a version has one content."""
    kinds: dict[str, Any] = {PROFILE: profile_pb2.CustomerRecord, ADVOCACY: advocacy_pb2.Score, TIER: tier_pb2.Tier}
    last: dict[str, bytes] = {}
    contents: dict[tuple[str, int], bytes] = {}
    for record in system.broker.records(system.topic(LEVELS[service])):
        key, value = (record.key or b"").decode(), record.value or b""
        version = kinds[service].FromString(value).version
        if contents.setdefault((key, version), value) != value:
            yield f"I8: {service} sent two contents as version {version} of {key}"
        last[key] = value
    stored = {key: each.message for key, each in _stored(system, service).items()}
    yield from differing(f"I8: {service}'s last message of", last, stored)


def _records(system: System, truth: Truth) -> Iterator[str]:
    """I3: a record is what its accounts did, with the score and the tier that others say."""
    scores = {key: advocacy_pb2.Score.FromString(each.message) for key, each in _stored(system, ADVOCACY).items()}
    tiers = {key: tier_pb2.Tier.FromString(each.message) for key, each in _stored(system, TIER).items()}
    held = states(system, PROFILE)
    expected = {}
    for id_, customer in _live(system).items():
        accounts = tuple(member.account_key for member in customer.accounts)
        score, tier = scores[id_], tiers[id_]
        known = Known(
            accounts=accounts,
            personas={each: truth.personas[PROFILE][each] for each in accounts if each in truth.personas[PROFILE]},
            absorbed=tuple(customer.absorbed),
            # Where accounts went to, and since when a stage holds, is history.
            parted=held[id_].parted,
            score=ScoreSummary(
                score.score,
                advocacy_pb2.Standing.Name(score.standing),
                score.version,
                score.update_time.ToMilliseconds(),
            ),
            tier=TierSummary(tier.tier, tuple(tier.benefits), tier.version, tier.update_time.ToMilliseconds()),
        )
        expected[id_] = unify(known, BASIS, milliseconds(system.clock.now()), held[id_])
    yield from differing("I3: the record of", held, expected)
    usable = [event for event in truth.forwarded if event not in truth.refused[PROFILE]]
    rows = system.stores[PROFILE]["timeline"].everything()
    laid_down = {decision_row_id(*event) for event in truth.laid_down}
    if rows.keys() != laid_down | {row_id(*event) for event in usable}:
        yield "I1: the timeline is not what happened"


def _live(system: System) -> dict[str, Any]:
    return {id_: each for id_, each in customers(system).items() if not each.merged_into}


def _mine(truth: Truth, service: str, customer: Any) -> dict[str, Any]:
    accounts = [member.account_key for member in customer.accounts]
    return {each: truth.personas[service][each] for each in accounts if each in truth.personas[service]}


def _scores(system: System, truth: Truth) -> Iterator[str]:
    """I3: a score follows from its accounts' deeds and the day that it names; what was announced is within a step."""
    rules = scoring_rules(system.settings[ADVOCACY])
    held = {id_: state.score for id_, state in states(system, ADVOCACY).items()}
    expected = {
        id_: evaluate(rules.value, rules.version, _mine(truth, ADVOCACY, customer), held[id_].as_of_day)
        for id_, customer in _live(system).items()
        if id_ in held
    }
    yield from differing("I3: the score of", held, expected)
    stored = _stored(system, ADVOCACY)
    for id_, score in expected.items():
        told = advocacy_pb2.Score.FromString(stored[id_].message)
        if (
            abs(told.score - score.score) >= rules.value.publish_step
            or told.standing != standing(rules.value, score).value
        ):
            yield f"I8: {id_} has {score.score} points, and {told.score} were announced"


def _tiers(system: System, truth: Truth) -> Iterator[str]:
    """I3, I11, I12: a tier decided again from all that happened is the same, its figures are plain sums, and no merge
    has lowered it.
    """  # noqa: D205 - one sentence, and too long for one line
    loaded = vip_programmes(system.settings[TIER])
    programme = loaded.value.programmes[0]
    holdings = {
        key: CODECS[TIER][1].decode(each.body.state) for key, each in _stored(system, TIER).items() if each.body.state
    }
    inputs = {
        key: each.body.inputs["score"][1] for key, each in _stored(system, TIER).items() if "score" in each.body.inputs
    }
    for id_, customer in _live(system).items():
        holding, personas = holdings[id_], _mine(truth, TIER, customer)
        score = vip_tier.adapters.codec.scores().decode(inputs[id_]).score
        situation = Situation(
            customer=id_,
            accounts=tuple(sorted(member.account_key for member in customer.accounts)),
            personas=personas,
            absorbed={each: holdings[each] for each in customer.absorbed if each in holdings},
            absorbed_customers=tuple(sorted(customer.absorbed)),
            membership_version=1,
            score=AdvocacyScore(score, 1),
            score_version=1,
            now_ms=milliseconds(system.clock.now()),
        )
        again = decide(loaded.value, loaded.version, situation, holding)
        if again.changes:
            yield f"I3: {id_} has still to be told {again.changes}"
        if again.holding.main != holding.main:
            yield f"I3: {id_} holds {holding.main} instead of {again.holding.main}"
        spend, purchases = _spent(personas, programme.currency)
        figures = holding.main.figures
        if (figures.spend_minor_units, figures.purchases) != (spend, purchases):
            yield f"I12: {id_} has {figures} instead of {purchases} orders and {spend}"
        others = [holdings[each].main.tier for each in customer.absorbed if each in holdings]
        if any(programme.rank_of(each) > programme.rank_of(holding.main.tier) for each in others):
            yield f"I11: {id_} holds {holding.main.tier}, and has absorbed {others}"


def _spent(personas: Mapping[str, Any], currency: str) -> tuple[int, int]:
    """Net spend and orders by plain loops: of an order told before no more comes back than is left of it."""
    orders: dict[str, Any] = {}
    returns: dict[str, Any] = {}
    for persona in personas.values():
        for number, entry in persona.orders.items():
            orders[number] = min(orders.get(number, entry), entry)
        for number, entry in persona.returns.items():
            returns[number] = min(returns.get(number, entry), entry)
    left = {number: order.minor_units for number, order in orders.items() if order.currency == currency}
    spend = sum(left.values())
    for _, back in sorted(returns.items(), key=lambda each: (each[1].occurred_ms, each[0])):
        if back.currency != currency:
            continue
        amount = back.minor_units
        if back.order in left and orders[back.order].occurred_ms <= back.occurred_ms:
            amount = min(amount, left[back.order])
            left[back.order] -= amount
        spend -= amount
    return spend, len(left)


def _changes(system: System) -> Iterator[str]:
    """I7: sequences from 1 on, one content each, each beginning where the one before ended."""
    sent: dict[str, dict[int, tier_pb2.TierChange]] = defaultdict(dict)
    for record in system.broker.records(system.topic("tier-changes")):
        change = tier_pb2.TierChange.FromString(record.value or b"")
        if sent[change.customer_id].setdefault(change.sequence, change) != change:
            yield f"I7: {change.customer_id} has two changes {change.sequence}"
    for id_, each in _stored(system, TIER).items():
        changes = [sent[id_][sequence] for sequence in sorted(sent[id_])]
        if [change.sequence for change in changes] != list(range(1, each.body.sequence + 1)):
            yield f"I7: {id_} has changes {sorted(sent[id_])}, and its sequence is {each.body.sequence}"
        tiers = ["", *(change.tier for change in changes)]
        if [change.previous_tier for change in changes] != tiers[:-1]:
            yield f"I7: the changes of {id_} are not a chain: {tiers}"
        if each.body.state and CODECS[TIER][1].decode(each.body.state).main.tier != tiers[-1]:
            yield f"I7: the last change of {id_} is not to the tier that it holds"
