"""The questions that the other tests ask of what clients saw are answered rightly."""

from __future__ import annotations

from pathlib import Path

from tests.faults.history import UNANSWERED, Call, History


def call(began_at: float, *, status: int = 200, code: str = "valid", cost: int = 1) -> Call:
    return Call("key_1", cost, began_at, began_at + 0.1, status, code)


def test_each_call_is_passed_refused_undetermined_or_unanswered() -> None:
    history = History(
        [
            call(0),
            call(1, code="quota_exceeded"),
            call(2, status=503, code="undetermined"),
            call(3, status=UNANSWERED, code="TimeoutError"),
        ]
    )
    kinds = [history.passed(), history.refused(), history.undetermined(), history.unresolved()]
    assert [[c.began_at for c in kind.calls] for kind in kinds] == [[0], [1], [2], [2, 3]]


def test_an_error_of_the_server_is_not_foreseen() -> None:
    assert not call(0, status=500, code="internal_error").foreseen
    assert not call(0, status=503, code="service_unavailable").foreseen
    assert call(0, status=503, code="undetermined").foreseen


def test_a_call_that_ran_when_something_happened_did_not_start_after_it() -> None:
    history = History([call(0.95), call(1.05)])
    assert [c.began_at for c in history.started_after(1.0).calls] == [1.05]


def test_units_are_the_sum_of_costs() -> None:
    assert History([call(0, cost=3), call(1, cost=7)]).units == 10


def test_only_calls_that_lie_wholly_in_a_window_are_counted_in_it() -> None:
    assert History([call(0), call(0.5), call(0.95), call(2)]).most_within(1.0) == 2


def test_a_history_is_written_as_one_line_for_each_call(tmp_path: Path) -> None:
    History([call(1), call(0)]).write(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "key_id,cost,began_at,ended_at,status,code"
    assert [line.split(",")[2] for line in lines[1:]] == ["0", "1"]
