"""`python -m keyservice`: the same as the `keyservice` command."""

from __future__ import annotations

import sys

from keyservice.cli import main

if __name__ == "__main__":
    sys.exit(main())
