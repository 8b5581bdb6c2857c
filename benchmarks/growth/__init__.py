"""What changes when there are millions of keys: lookups, pages of the list, the admin."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.growth.lists import lists
from benchmarks.growth.lookups import lookups
from benchmarks.growth.pages import pages
from benchmarks.report import Table
from benchmarks.rounds import tell
from benchmarks.stage import Keys, Stage, served

KNOWN = 20_000  # keys of the large table whose secrets the benchmark knows
COLUMNS = ("what", "p50", "p99", "target", "met")


def measured(stage: Stage) -> Table:
    """Make a database with the many keys, and one with few, and look at both."""
    title = f"Growth: {stage.options.big:,} keys (ms)"
    return Table(title, COLUMNS, list(_lines(stage)))


def _lines(stage: Stage) -> Iterator[list[str]]:
    few = _filled(stage, "few", stage.options.small)
    tell(f"storing {stage.options.big:,} keys")
    many = _filled(stage, "many", stage.options.big)
    with (
        served(stage.directory("few"), few[0]) as small,
        served(stage.directory("many"), many[0]) as big,
    ):
        yield from lookups(stage.options, (small, few[1]), (big, many[1]))
        yield from lists(stage, big, many[1].newest)
        yield from pages(stage.options, big)


def _filled(stage: Stage, name: str, count: int) -> tuple[dict[str, str], Keys]:
    environment = stage.deployment(stage.database(name))
    return environment, stage.seed(environment, count=count, known=min(count, KNOWN))
