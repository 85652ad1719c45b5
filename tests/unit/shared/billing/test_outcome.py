"""When a message is tried again, and when no more."""

from datetime import UTC, datetime, timedelta

from shared.billing.delivery.outcome import DELIVERED, MOST_ATTEMPTS, later, next_attempt, refused, settled

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_pauses_double_up_to_six_hours_and_make_about_five_days() -> None:
    pauses = [next_attempt(NOW, attempts) - NOW for attempts in range(1, MOST_ATTEMPTS)]
    assert [int(pause.total_seconds() / 60) for pause in pauses[:8]] == [5, 10, 20, 40, 80, 160, 320, 360]
    assert pauses[-1] == timedelta(hours=6)
    assert timedelta(days=4) < sum(pauses, timedelta()) < timedelta(days=5)
    assert next_attempt(NOW, 10_000) == NOW + timedelta(hours=6)


def test_only_what_somebody_turned_away_is_given_up() -> None:
    assert settled(later("451 later"), MOST_ATTEMPTS - 1).status == "waiting"
    assert settled(later("451 later"), MOST_ATTEMPTS).status == "failed"
    assert settled(later("no font", endless=True), 10 * MOST_ATTEMPTS).status == "waiting"
    assert settled(DELIVERED, MOST_ATTEMPTS) == DELIVERED


def test_a_reason_is_one_line_that_can_be_kept() -> None:
    assert refused("550 no\r\n such\x00 box \udcff\u202e").reason == "550 no such box \ufffd"
    assert len(refused("x" * 9000).reason or "") == 500
