"""How large a run is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    `keys` stored and `hot` of them asked for; `seconds` of each of `rounds` rounds; `warm` caps the
    requests that warm up; `big` keys in the part about growth, 0 leaves it out; `only` names parts
    of the names of what to measure.
    """

    keys: int = 100_000
    hot: int = 5_000
    seconds: float = 3.0
    rounds: int = 5
    workers: int = 2
    warm: int = 40_000
    big: int = 3_000_000
    small: int = 10_000
    only: tuple[str, ...] = ()
    markdown: bool = False

    def quick(self) -> Options:
        """The same in about a minute, for whoever works on the benchmark itself."""
        return replace(self, keys=10_000, hot=500, seconds=0.5, rounds=2, warm=1_000, big=0)

    def wants(self, name: str) -> bool:
        """Whether something is to be measured."""
        return not self.only or any(part in name for part in self.only)


def parsed(words: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute: few keys, nothing big")
    parser.add_argument("--big", type=int, help=f"keys of the growth part ({default.big}), 0: none")
    parser.add_argument("--keys", type=int, help=f"keys stored for each ({default.keys})")
    parser.add_argument("--seconds", type=float, help=f"of a round ({default.seconds})")
    parser.add_argument("--rounds", type=int, help=f"rounds of each ({default.rounds})")
    parser.add_argument("--workers", type=int, help=f"processes of a server ({default.workers})")
    parser.add_argument("--only", nargs="+", help="ids of what to measure, or parts of them")
    parser.add_argument("--markdown", action="store_true", help="print it for the README")
    given = vars(parser.parse_args(words))
    base = default.quick() if given.pop("quick") else default
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(base, **changes | {"only": tuple(given["only"] or ())})
