"""Tables, for a terminal or for the README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.contender import Aim, Contender
from benchmarks.rounds import Results


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for people, names of columns, and lines of texts."""

    title: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]

    def plain(self) -> str:
        """Columns of the width they need; the first to the left, figures to the right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.lines, strict=True)]
        rows = [_aligned(line, widths) for line in (self.columns, *self.lines)]
        return "\n".join([self.title, *rows])

    def markdown(self) -> str:
        """The same for GitHub."""
        rule = ["---", *["--:"] * (len(self.columns) - 1)]
        rows = [f"| {' | '.join(line)} |" for line in (self.columns, rule, *self.lines)]
        return "\n".join([f"### {self.title}", "", *rows])


def ratios(
    title: str, contenders: Sequence[Contender], missing: dict[str, str], results: Results
) -> Table:
    """The table of targets: a line for every contender and every aim of it."""
    names = {contender.id: contender.name for contender in contenders}
    lines = [line for one in contenders for line in _lines(one, names, results)]
    lines += [[f"{name}: not measured, {why}", *[""] * 6] for name, why in missing.items()]
    columns = ("what", "req/s", "CPU s/1k", "ratio (min..max)", "to", "target", "met")
    return Table(title, columns, lines)


def _lines(contender: Contender, names: dict[str, str], results: Results) -> Iterator[list[str]]:
    figures = [f"{results.rate(contender):,.0f}", f"{results.cpu(contender):.3f}"]
    compared = list(filter(None, (_compared(contender, aim, results) for aim in contender.aims)))
    for ratio, of, target, met in compared or [("", "", "", "")]:
        yield [contender.name, *figures, ratio, names.get(of, of), target, met]
        figures = ["", ""]


def _compared(contender: Contender, aim: Aim, results: Results) -> tuple[str, str, str, str] | None:
    spread = results.spread(contender, aim)
    if spread is None:
        return None
    met = verdict(is_met=aim.is_met(spread.median))
    return str(spread), aim.of, str(aim), met


def verdict(*, is_met: bool) -> str:
    """The last word of a line."""
    return "yes" if is_met else "NO"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        text.ljust(width) if at == 0 else text.rjust(width)
        for at, (text, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()
