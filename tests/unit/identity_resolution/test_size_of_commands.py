"""Commands that would change too much at once."""

from __future__ import annotations

import pytest

from identity_resolution.domain.acts import commanded
from identity_resolution.domain.evidence import AddConstraint, ConstraintKind
from tests.unit.identity_resolution.deciding import Store


@pytest.mark.parametrize(("accounts", "error"), [(10, ""), (11, "CUSTOMER_TOO_LARGE")])
def test_id6_only_so_many_strangers_are_kept_apart_at_once_as_each_notes_all(
    monkeypatch: pytest.MonkeyPatch, accounts: int, error: str
) -> None:
    monkeypatch.setattr(commanded, "MOST_NOTED", 100)
    store, names = Store(), [f"web:{number}" for number in range(accounts)]
    for name in names:
        store.show(name)
    assert store.command(AddConstraint(ConstraintKind.CANNOT_LINK, tuple(names))).error == error
