"""Charts as plain shapes, which a template writes as SVG: no script, no style beside the sheet.

All lengths are in units of the chart's own box and come as text, since a template would write a
number in the way of the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 12, 28
_ROW = 26  # height of one line of a bar chart
_NAMES = 220  # width of what stands before the bars
_FIGURES = 80  # width of what stands behind them
_LABELS_MAX = 8
_NAME_SHOWN_MAX = 32


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each place; None is no value. `kind` is a word of the sheet."""

    kind: str
    label: Any
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar, and what is said of it where the pointer rests."""

    kind: str
    x: str
    y: str
    width: str
    height: str
    told: str


@dataclass(frozen=True, slots=True)
class Word:
    """Text beside the bars."""

    x: str
    y: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: lines across it at `rules`, and a legend where there are several series."""

    shapes: tuple[Shape, ...]
    words: tuple[Word, ...]
    rules: tuple[str, ...] = ()
    legend: tuple[Series, ...] = ()
    height: str = str(HEIGHT)
    width: str = str(WIDTH)
    left: str = str(_LEFT)
    right: str = str(WIDTH - _RIGHT)


def columns(places: Sequence[str], series: Sequence[Series]) -> Chart:
    """A column for each place, the series on top of one another."""
    top = _round_above(max(_heights(series), default=0))
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    step = (WIDTH - _LEFT - _RIGHT) / max(len(places), 1)
    shapes: list[Shape] = []
    for index, place in enumerate(places):
        below = 0.0
        for one in series:
            value = one.values[index]
            if not value:
                continue
            y = HEIGHT - _BOTTOM - (below + value) * scale
            told = f"{place}: {_plain(value)} {one.label}"
            box = _box(_LEFT + index * step + step * 0.1, y, step * 0.8, value * scale)
            shapes.append(Shape(one.kind, *box, told))
            below += value
    return Chart(
        tuple(shapes),
        (*_marks(top), *_names_below(places, step)),
        tuple(_length(_height_of(top, part)) for part in (0, 0.5, 1)),
        tuple(series) if len(series) > 1 else (),
    )


def bars(named: Sequence[tuple[str, float]], kind: str) -> Chart:
    """A line for each name, with a bar as long as its value."""
    longest = max((value for _, value in named), default=0) or 1
    room = WIDTH - _NAMES - _FIGURES
    shapes, words = [], []
    for index, (name, value) in enumerate(named):
        y, length = index * _ROW, room * value / longest
        told = f"{name}: {_plain(value)}"
        shapes.append(Shape(kind, *_box(_NAMES, y + 5, length, _ROW - 10), told))
        middle = _length(y + _ROW / 2 + 4)
        words.append(Word(_length(_NAMES - 8), middle, "end", _short(name)))
        words.append(Word(_length(_NAMES + length + 8), middle, "start", _plain(value)))
    return Chart(tuple(shapes), tuple(words), height=_length(max(len(named), 1) * _ROW))


def _heights(series: Sequence[Series]) -> list[float]:
    stacks = zip(*(it.values for it in series), strict=True)
    return [sum(value or 0 for value in stack) for stack in stacks]


def _round_above(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, … so that the marks are round."""
    if value <= 1:
        return 1
    power = 10.0 ** floor(log10(value))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= value)


def _height_of(top: float, part: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * part


def _marks(top: float) -> list[Word]:
    x = _length(_LEFT - 8)
    return [
        Word(x, _length(_height_of(top, part) + 4), "end", _plain(top * part))
        for part in (0, 0.5, 1)
    ]


def _names_below(places: Sequence[str], step: float) -> list[Word]:
    """As many as can stand beside one another."""
    every = -(-len(places) // _LABELS_MAX)
    return [
        Word(_length(_LEFT + (index + 0.5) * step), _length(HEIGHT - 8), "middle", place)
        for index, place in enumerate(places)
        if index % every == 0
    ]


def _box(x: float, y: float, width: float, height: float) -> tuple[str, str, str, str]:
    return _length(x), _length(y), _length(width), _length(height)


def _length(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _plain(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _short(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN_MAX else f"{name[: _NAME_SHOWN_MAX - 1]}…"
