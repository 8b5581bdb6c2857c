"""`python -m benchmarks`: build the data, start everything, take turns, print the tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import contenders, growth, machine
from benchmarks.contender import Contender, Missing
from benchmarks.options import Options, parsed
from benchmarks.pace import paced
from benchmarks.report import Table, ratios
from benchmarks.rounds import take_turns, tell
from benchmarks.stage import Stage, set_up
from benchmarks.wire import WrongAnswer


def main(options: Options) -> None:
    """Measure what the options ask for."""
    print(f"## {machine.described()}" if options.markdown else machine.described())
    with tempfile.TemporaryDirectory() as scratch, set_up(Path(scratch), options) as stage:
        for table in _compared(stage):
            _show(table, options)
        if options.big:
            _show(growth.measured(stage), options)


def _compared(stage: Stage) -> Sequence[Table]:
    """All servers at once, taking turns."""
    options = stage.options
    missing: dict[str, str] = {}
    with ExitStack() as running:
        found: list[Contender] = []
        for start in contenders.ALL:
            if not options.wants(start.__name__):
                continue
            tell(f"starting: {start.__name__}")
            try:
                found += running.enter_context(start(stage))
            except Missing as error:
                missing[start.__name__] = str(error)
        results = take_turns(
            found, rounds=options.rounds, seconds=options.seconds, warm=options.warm
        )
        title = f"Against the targets: {options.keys:,} keys, {options.workers} processes each"
        return [ratios(title, found, missing, results), paced(found, results, warm=options.warm)]


def _show(table: Table, options: Options) -> None:
    print(f"\n{table.markdown() if options.markdown else table.plain()}", flush=True)


if __name__ == "__main__":
    try:
        main(parsed())
    except WrongAnswer as error:
        sys.exit(f"benchmarks: {error}")
