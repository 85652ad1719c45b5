"""Rules as the value that each statement carries: no more of them than decide something."""

import pytest

from shared.accounts.access import Rule, Rules, access_of
from shared.catalogue.rows import encoded
from shared.model.account import EVERYTHING, Access

NAMESPACE, LIBRARY = "/acme/*", "/acme/lamps"


def ruled(is_closed: bool, **said: bool) -> Access:
    targets = {"namespace": NAMESPACE, "library": LIBRARY}
    rules = tuple(Rule(targets[name], "everyone", is_allowed) for name, is_allowed in said.items())
    return access_of(None, Rules(rules, is_closed))


@pytest.mark.parametrize(
    ("found", "allowed", "denied"),
    [
        (ruled(False, namespace=True), (), ()),
        (ruled(False, library=True), (), ()),
        (ruled(True, namespace=False), (), ()),
        (ruled(True, library=False), (), ()),
        (ruled(False, namespace=False), (), (NAMESPACE,)),
        (ruled(True, namespace=True), (NAMESPACE,), ()),
        (ruled(False, namespace=False, library=False), (), (NAMESPACE,)),
        (ruled(True, namespace=True, library=True), (NAMESPACE,), ()),
        (ruled(False, namespace=False, library=True), (LIBRARY,), (NAMESPACE,)),
        (ruled(True, namespace=True, library=False), (NAMESPACE,), (LIBRARY,)),
        (ruled(False, namespace=True, library=False), (), (LIBRARY,)),
        (ruled(True, namespace=False, library=True), (LIBRARY,), ()),
    ],
)
def test_a_rule_that_changes_nothing_is_left_out(
    found: Access, allowed: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    assert (found.allowed, found.denied) == (allowed, denied)


def test_rules_that_allow_what_may_be_read_anyway_leave_everything() -> None:
    assert ruled(False, namespace=True, library=True) == EVERYTHING


def test_a_thousand_rules_are_written_once_for_all_statements() -> None:
    rules = Rules(tuple(Rule(f"/org{number}/*", "everyone", is_allowed=False) for number in range(1000)))
    first, second = (encoded(access_of(None, rules)) for _ in range(2))
    assert first
    assert second
    assert first.dumps
    assert second.dumps
    assert first.dumps(first.obj) is second.dumps(second.obj)
