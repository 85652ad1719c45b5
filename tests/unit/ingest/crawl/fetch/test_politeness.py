from ingest.crawl.fetch.politeness import Pace, user_agent


def test_requests_to_a_host_are_spaced() -> None:
    pace = Pace()
    pace.slow_to("h", 0.5)
    assert [pace.reserve("h", 10.0) for _ in range(3)] == [0.0, 0.5, 1.0]
    assert pace.reserve("g", 10.0) == 0.0
    assert pace.reserve("h", 20.0) == 0.0


def test_a_host_may_ask_for_a_slower_pace_never_for_a_faster_one() -> None:
    pace = Pace()
    for host, slower in (("h", 2.0), ("g", 0.1)):
        pace.slow_to(host, 1.0)
        pace.slow_to(host, slower)
    assert [pace.reserve("h", 0.0), pace.reserve("h", 0.0)] == [0.0, 2.0]
    assert [pace.reserve("g", 0.0), pace.reserve("g", 0.0)] == [0.0, 1.0]


def test_a_host_that_asks_for_quiet_gets_it() -> None:
    pace = Pace()
    pace.pause("h", 5.0, 3.0)
    pace.pause("h", 5.0, 1.0)
    assert pace.paused("h", 6.0) == 2.0
    assert pace.reserve("h", 6.0) == 2.0
    assert pace.paused("h", 9.0) == 0.0
    assert pace.reserve("g", 6.0) == 0.0


def test_the_user_agent_says_who_asks_and_where_to_complain() -> None:
    assert user_agent("1.2", "https://example.com/bot") == "Lectern/1.2 (+https://example.com/bot)"


def test_a_fast_healthy_host_is_not_slowed() -> None:
    pace = Pace()
    for latency in (0.02, 0.4, 0.05, 0.3, 0.03, 0.45) * 50:
        pace.answered("h", latency)
        assert pace.delay("h") == 0.0


def test_a_host_that_is_slow_by_nature_is_not_slowed_either() -> None:
    pace = Pace()
    for latency in (2.0, 2.5, 3.0, 2.2) * 50:
        pace.answered("h", latency)
        assert pace.delay("h") == 0.0


def test_a_host_that_labours_gets_time_and_is_asked_faster_when_it_recovers() -> None:
    pace = Pace()
    for latency in (0.1, 0.1, 0.1):
        pace.answered("h", latency)
    for latency in (1.0, 2.0, 4.0, 4.0):
        pace.answered("h", latency)
    assert 1.0 < pace.delay("h") < 4.0
    assert pace.delay("g") == 0.0
    assert [pace.reserve("h", 0.0), pace.reserve("h", 0.0)] == [0.0, pace.delay("h")]
    for _ in range(30):
        pace.answered("h", 0.1)
    assert pace.delay("h") == 0.0


def test_failures_of_overload_slow_down_and_good_answers_speed_up() -> None:
    pace = Pace(step=0.5)
    delays = []
    for _ in range(3):
        pace.strained("h")
        delays.append(pace.delay("h"))
    for _ in range(2):
        pace.answered("h", 0.1)
        delays.append(pace.delay("h"))
    assert delays == [0.5, 1.0, 2.0, 1.0, 0.5]


def test_no_delay_grows_without_end() -> None:
    pace = Pace(step=0.5)
    for _ in range(20):
        pace.strained("h")
    assert pace.delay("h") == 4.0
    for latency in (0.1, 500.0, 500.0):
        pace.answered("g", latency)
    pace.strained("g")
    assert pace.delay("g") == 10.0


def test_what_robots_txt_asks_for_stays_the_least() -> None:
    pace = Pace()
    pace.slow_to("h", 2.0)
    pace.strained("h")
    pace.answered("h", 0.1)
    assert pace.delay("h") == 2.0
