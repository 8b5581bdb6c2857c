#!/usr/bin/env python3
"""Django's management commands, with the settings of the service."""

from __future__ import annotations

import sys

from keyservice.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
