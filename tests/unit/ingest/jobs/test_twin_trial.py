"""Whether twins are asked for, by what became of the first."""

import pytest

from ingest.extract import Kin
from ingest.jobs.twin_trial import MISSES, PAGES, TwinTrial


def after(*kins: Kin | None) -> TwinTrial:
    trial = TwinTrial()
    for kin in kins:
        trial.add(kin)
    return trial


@pytest.mark.parametrize("miss", [None, Kin.OTHER])
def test_a_site_whose_first_pages_have_no_twin_is_asked_for_no_more(miss: Kin | None) -> None:
    assert after(*[miss] * (MISSES - 1)).is_open
    assert not after(*[miss] * MISSES).is_open


def test_a_site_whose_twins_hold_no_more_is_asked_for_so_many_and_no_more() -> None:
    assert after(*[Kin.SAME] * (PAGES - 1)).is_open
    assert not after(*[Kin.SAME] * PAGES).is_open


def test_a_site_of_which_one_page_gained_by_its_twin_is_asked_for_all() -> None:
    assert after(*[Kin.SAME] * (PAGES - 1), Kin.RICHER, *[None] * PAGES).is_open
