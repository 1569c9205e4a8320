"""Answers why accounts are one customer, why customers are not, and how one came about."""

from __future__ import annotations

from chassis.ports import Documents
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size
from identity_resolution.adapters.asked import Asked, customer
from identity_resolution.adapters.comparisons import Comparisons
from identity_resolution.adapters.people import People
from identity_resolution.adapters.protos import constraint_message, timestamp
from identity_resolution.adapters.refusals import nobody
from identity_resolution.adapters.telling import told_refusal, told_step, told_tie
from identity_resolution.domain.apart import cannot_links_between, likely_alike, refused_between
from identity_resolution.domain.customers import Shown
from identity_resolution.domain.explain import steps, strongest_way
from identity_resolution.domain.policy import Policy, type_of
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import service_pb2 as pb

MOST_REFUSALS = 1_000
MOST_COMPARED = 20
"""Accounts of each customer: 400 pairs are compared in some hundredths of a second."""
MOST_COMPARISONS = 10


class Explanations:
    """Reasons, from what customers' documents hold and from the details of accounts as they are now."""

    def __init__(
        self,
        people: People,
        decided: Documents,
        comparisons: Comparisons,
        *,
        policy: Policy,
        asked: Asked,
        token_key: bytes,
    ) -> None:
        self._people = people
        self._decided = decided
        self._comparisons = comparisons
        self._policy = policy
        self._asked = asked
        self._token_key = token_key

    def list_identifiers(self, request: pb.ListIdentifiersRequest, context: object) -> pb.ListIdentifiersResponse:
        """A page of a customer's identifiers by key; on the first also the ties that were refused, newest first."""
        id_ = customer(request.parent, "parent")
        size, after = page_size(request.page_size), page_position(request.page_token, request, self._token_key)
        found = self._people.customer(id_, "parent")
        keys = sorted(key for key in found.links if after is None or key > after[0])
        answer = pb.ListIdentifiersResponse(identifiers=[_identifier(key, found.links[key]) for key in keys[:size]])
        if len(keys) > size:
            answer.next_page_token = page_token([keys[size - 1]], request, self._token_key)
        if after is None:
            newest = sorted(found.refused.values(), key=lambda each: (-each.shown.position, each.account, each.other))
            answer.refusals.extend(told_refusal(each, found, self._policy) for each in newest[:MOST_REFUSALS])
        return answer

    def explain_why(self, request: pb.ExplainWhyRequest, context: object) -> pb.ExplainWhyResponse:
        """The strongest way of ties from one account to the other, and how alike the two are."""
        one = self._asked.account(request.account, "account")
        other = self._asked.account(request.other_account, "other_account")
        if one == other:
            raise invalid("other_account", "another account than `account`")
        owners = self._people.of_accounts({one, other})
        for account, field in ((one, "account"), (other, "other_account")):
            if account not in owners:
                raise nobody(field)
        answer = pb.ExplainWhyResponse(comparison=self._comparisons.of(one, other))
        if owners[one] == owners[other]:
            found = self._people.customer(owners[one])
            answer.customer_id = found.id
            answer.ties.extend(told_tie(tie) for tie in strongest_way(found, one, other, self._policy))
        return answer

    def explain_why_not(self, request: pb.ExplainWhyNotRequest, context: object) -> pb.ExplainWhyNotResponse:
        """What was refused between two customers, what people said of them, and how alike their accounts are."""
        places = {customer(request.name): "name"}
        other_id = customer(request.other_name, "other_name")
        places.setdefault(other_id, "other_name")
        found = list({each.id: each for each in self._people.customers(places).values()}.values())
        answer = pb.ExplainWhyNotResponse(link_threshold=self._policy.link)
        if len(found) == 1:
            answer.customer_id = found[0].id
            return answer
        one, other = found
        for refusal in refused_between(one, other)[-MOST_REFUSALS:]:
            answer.refusals.append(told_refusal(refusal, one, self._policy))
        answer.constraints.extend(constraint_message(each) for each in cannot_links_between(one, other))
        alike = likely_alike(one, other, MOST_COMPARED)
        answer.comparisons.extend(self._comparisons.best(*alike, MOST_COMPARISONS))
        return answer

    def explain_how(self, request: pb.ExplainHowRequest, context: object) -> pb.ExplainHowResponse:
        """A page of the steps by which a customer came about, oldest first."""
        id_ = customer(request.name)
        size, after = page_size(request.page_size), page_position(request.page_token, request, self._token_key)
        found = self._people.customer(id_)
        taken = [step for step in steps(found, self._policy) if after is None or list(step[:3]) > after]
        page = taken[:size]
        wanted = [step.what for step in page if isinstance(step.what, str)]
        messages = {key: each["message"] for key, each in self._decided.load(wanted).items()} if wanted else {}
        answer = pb.ExplainHowResponse(
            steps=[
                told_step(step, found, self._policy, messages)
                for step in page
                if not isinstance(step.what, str) or step.what in messages
            ]
        )
        if len(taken) > size:
            answer.next_page_token = page_token(list(page[-1][:3]), request, self._token_key)
        return answer


def _identifier(key: str, shown: dict[str, Shown]) -> decisions.Identifier:
    """An identifier with the accounts that showed it, the first one first."""
    ordered = sorted(shown.items(), key=lambda item: (item[1].position, item[0]))
    return decisions.Identifier(
        type=type_of(key),
        key=key,
        shown_by=[
            decisions.IdentifierShown(account_key=account, first_time=timestamp(each.at), event_id=each.event_id)
            for account, each in ordered
        ],
    )
