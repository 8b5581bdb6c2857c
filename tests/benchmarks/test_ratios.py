"""What the table says of given figures."""

from __future__ import annotations

import pytest

from benchmarks.contender import Aim, Contender, no_less_than, no_more_than
from benchmarks.load import Cost
from benchmarks.options import parsed
from benchmarks.report import Table, ratios
from benchmarks.rounds import Results


def costing(*cpu_seconds: float) -> list[Cost]:
    """Rounds of 1,000 requests in one second."""
    return [Cost(1_000, 1.0, cpu) for cpu in cpu_seconds]


def contender(id: str, *aims: Aim) -> Contender:
    return Contender(id, f"the {id}", lambda seconds: costing(1)[0], aims=aims)


def test_a_ratio_is_the_median_of_its_rounds_with_their_spread() -> None:
    lane = contender("lane", no_more_than(0.9, "empty"))
    results = Results({"lane": costing(0.8, 1.0, 2.0), "empty": costing(1.0, 2.0, 2.0)})
    [line] = ratios("", [lane], {}, results).lines
    assert line == ["the lane", "1,000", "1.000", "0.80 (0.50..1.00)", "empty", "≤ 0.9", "yes"]


@pytest.mark.parametrize(("cpu", "met"), [(10.0, "yes"), (9.0, "NO")])
def test_a_peer_has_to_cost_at_least_so_many_times_as_much(cpu: float, met: str) -> None:
    peer = contender("peer", no_less_than(10, "lane"))
    results = Results({"peer": costing(cpu), "lane": costing(1.0)})
    assert ratios("", [peer], {}, results).lines[0][-1] == met


def test_rates_are_compared_where_rates_are_aimed_at() -> None:
    aim = Aim("empty", 1, at_most=False, by_rate=True)
    assert aim.ratio(Cost(300, 1.0, 9.0), Cost(200, 1.0, 1.0)) == pytest.approx(1.5)


def test_what_was_not_measured_is_named_with_its_reason() -> None:
    lane = contender("lane", no_more_than(0.9, "empty"))
    table = ratios("", [lane], {"better_auth": "no node"}, Results({"lane": costing(1.0)}))
    assert [line[0] for line in table.lines] == ["the lane", "better_auth: not measured, no node"]
    assert table.lines[0][3:] == ["", "", "", ""]


def test_a_percentile_is_in_milliseconds() -> None:
    cost = Cost(100, 1.0, 1.0, [number / 1000 for number in range(1, 101)])
    assert (cost.percentile(50), cost.percentile(99)) == pytest.approx((51, 100))


def test_a_table_is_aligned_for_people_and_marked_for_markdown() -> None:
    table = Table("Title", ("what", "figure"), [("a", "1"), ("bcdef", "10")])
    assert table.plain() == "Title\nwhat   figure\na           1\nbcdef      10"
    assert table.markdown().splitlines()[2:4] == ["| what | figure |", "| --- | --: |"]


def test_quick_leaves_the_large_part_out_unless_it_is_asked_for() -> None:
    assert parsed(["--quick"]).big == 0
    assert parsed(["--quick", "--big", "500"]).big == 500
    assert parsed([]).big == 3_000_000
