"""What is in Mixpeek's own client, which takes eight seconds to import: at the first use only."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("_"):  # pytest asks everything in a test module for such
        raise AttributeError(name)
    import mixpeek

    return getattr(mixpeek, name)
