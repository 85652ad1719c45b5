"""What becomes of an identity follows from what is known of it, and from nothing else."""

from dataclasses import replace
from uuid import UUID

import pytest

from shared.accounts.emails import address
from shared.accounts.sign_in.decision import (
    Added,
    Confirm,
    Decision,
    Facts,
    Identity,
    Invited,
    Person,
    Refused,
    SignedIn,
    decided,
)
from shared.accounts.sign_in.id_token import is_elsewhere, names

ADA = address("ada@example.org")
IDENTITY = Identity("google", "https://accounts.google.com", "1", ADA, True)
UNVERIFIED, NAMELESS = replace(IDENTITY, is_verified=False), replace(IDENTITY, address=None)
USER = Person(UUID(int=1), "ada@example.org", False, True, False)
KNOWN = replace(USER, has_identity=True)
OTHER = Person(UUID(int=2), "eve@example.org", False, False, False)
OFF, OFF_KNOWN = replace(USER, is_disabled=True), replace(KNOWN, is_disabled=True)
OURS = Facts(domains=("Example.org",))


@pytest.mark.parametrize(
    ("identity", "facts", "decision"),
    [
        (IDENTITY, Facts(), Refused("not_invited")),
        (IDENTITY, Facts(domains=("ample.org", "org", "")), Refused("not_invited")),
        (IDENTITY, OURS, Added(ADA)),
        (IDENTITY, replace(OURS, bound_to=IDENTITY.issuer), Added(ADA)),
        (IDENTITY, replace(OURS, bound_to="https://another"), Refused("issuer")),
        (UNVERIFIED, OURS, Refused("unverified")),
        (NAMELESS, OURS, Refused("unverified")),
        (IDENTITY, Facts(by_identity=KNOWN), SignedIn(KNOWN.user_id)),
        (NAMELESS, Facts(by_identity=KNOWN), SignedIn(KNOWN.user_id)),
        (IDENTITY, Facts(by_identity=KNOWN, bound_to="https://another"), Refused("issuer")),
        (IDENTITY, Facts(by_identity=OFF_KNOWN), Refused("disabled")),
        (IDENTITY, Facts(by_email=USER), Confirm(USER)),
        (IDENTITY, replace(OURS, by_email=USER), Confirm(USER)),
        (UNVERIFIED, replace(OURS, by_email=USER), Refused("unverified")),
        (IDENTITY, Facts(by_email=KNOWN), Refused("other_identity")),
        (IDENTITY, replace(OURS, by_email=OFF), Refused("disabled")),
        (IDENTITY, Facts(by_identity=KNOWN, by_email=OTHER), SignedIn(KNOWN.user_id)),
        (UNVERIFIED, Facts(invited=USER), Invited(USER.user_id)),
        (IDENTITY, Facts(invited=USER, by_email=OTHER), Invited(USER.user_id)),
        (IDENTITY, Facts(invited=KNOWN), Refused("other_identity")),
        (IDENTITY, Facts(invited=OFF), Refused("disabled")),
        (IDENTITY, Facts(invited=OTHER, by_identity=KNOWN), Refused("others")),
        (IDENTITY, Facts(invited=KNOWN, by_identity=KNOWN), SignedIn(KNOWN.user_id)),
    ],
)
def test_the_surest_proof_decides(identity: Identity, facts: Facts, decision: Decision) -> None:
    assert decided(identity, facts) == decision


def test_a_domain_is_the_same_in_every_spelling() -> None:
    identity = replace(IDENTITY, address=address("ada@Bücher.example"))
    assert isinstance(decided(identity, Facts(domains=("bücher.example",))), Added)
    assert isinstance(decided(identity, Facts(domains=("xn--bcher-kva.example",))), Added)


def test_groups_are_the_names_of_a_list_each_once() -> None:
    assert names(["b", "a", "b", 1, "", None, "x" * 256]) == ("b", "a")
    assert names("staff") == ("staff",)
    assert names([]) == ()
    assert names({"a": 1}) is names(None) is names(7) is None


def test_a_claim_that_entra_leaves_out_for_its_size_is_told_from_one_that_is_not_there() -> None:
    assert is_elsewhere({"_claim_names": {"groups": "src1"}}, "groups")
    assert is_elsewhere({"hasgroups": "true"}, "groups")
    assert not is_elsewhere({"hasgroups": True, "_claim_names": {"groups": "src1"}}, "roles")
    assert not is_elsewhere({"_claim_names": "groups", "hasgroups": False}, "groups")
