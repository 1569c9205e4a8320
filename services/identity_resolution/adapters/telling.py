"""Reasons as messages: ties, refusals and steps, with the weight that evidence has under the rules."""

from __future__ import annotations

from dataclasses import replace

from identity_resolution.adapters.protos import refusal_message, tie_message, timestamp
from identity_resolution.domain.customers import Customer, Refusal, pair_key
from identity_resolution.domain.explain import Step, Tie
from identity_resolution.domain.policy import Policy
from rapport.identity.v1 import decisions_pb2 as pb
from rapport.identity.v1 import service_pb2 as service


def told_tie(tie: Tie) -> pb.Tie:
    """A tie; what a person said has no weight, and the first account of a customer is tied to nothing."""
    if tie.constraint:
        message = tie_message(replace(tie.joint, weight=0.0))
        message.constraint = f"constraints/{tie.constraint}"
        return message
    message = tie_message(tie.joint)
    if not tie.joint.other:
        message.ClearField("to")
    return message


def told_refusal(refusal: Refusal, customer: Customer, policy: Policy) -> pb.Refusal:
    """A refusal of a customer, with what the tie weighs."""
    message = refusal_message(refusal)
    if not refusal.is_pair:
        message.tie.weight = policy.trust_in(refusal.other)
        return message
    likeness = customer.pairs.get(pair_key(refusal.account, refusal.other))
    if likeness is not None:
        message.tie.weight = likeness.weight
    return message


def told_step(step: Step, customer: Customer, policy: Policy, decisions: dict[str, bytes]) -> service.Step:
    """A step, with the decision from among these messages by their ids."""
    message = service.Step(step_time=timestamp(step.at))
    if isinstance(step.what, Tie):
        message.joined.CopyFrom(told_tie(step.what))
    elif isinstance(step.what, Refusal):
        message.refused.CopyFrom(told_refusal(step.what, customer, policy))
    else:
        message.decision.MergeFromString(decisions[step.what])
    return message
