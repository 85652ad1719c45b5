from ingest.crawl.politeness import Pace, user_agent


def test_requests_to_a_host_are_spaced() -> None:
    pace = Pace(0.5)
    assert [pace.reserve("h", 10.0) for _ in range(3)] == [0.0, 0.5, 1.0]
    assert pace.reserve("g", 10.0) == 0.0
    assert pace.reserve("h", 20.0) == 0.0


def test_a_host_may_ask_for_a_slower_pace_never_for_a_faster_one() -> None:
    pace = Pace(1.0)
    pace.slow_to("h", 2.0)
    pace.slow_to("g", 0.1)
    assert [pace.reserve("h", 0.0), pace.reserve("h", 0.0)] == [0.0, 2.0]
    assert [pace.reserve("g", 0.0), pace.reserve("g", 0.0)] == [0.0, 1.0]


def test_a_host_that_asks_for_quiet_gets_it() -> None:
    pace = Pace()
    pace.hold("h", 5.0, 3.0)
    pace.hold("h", 5.0, 1.0)
    assert pace.held("h", 6.0) == 2.0
    assert pace.reserve("h", 6.0) == 2.0
    assert pace.held("h", 9.0) == 0.0
    assert pace.reserve("g", 6.0) == 0.0


def test_the_user_agent_says_who_asks_and_where_to_complain() -> None:
    assert user_agent("1.2", "https://example.com/bot") == "Lectern/1.2 (+https://example.com/bot)"
