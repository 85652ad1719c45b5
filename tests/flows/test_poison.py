"""Real documentation is not taken for poison: the false alarms on every package of it that is here."""

import pytest

from tests.poison import alarms, real_pages


@pytest.mark.slow
def test_real_documentation_with_its_security_chapters_is_left_alone() -> None:
    came = alarms(real_pages())
    if came.chunks.total() < 5_000:
        pytest.skip("too little real documentation is unpacked here")
    assert came.share <= 0.002, came.false
