"""How long tokens live and how far clocks may be apart. Seconds."""

from __future__ import annotations

LIFE_SECONDS_MAX = 86_400  # what Authress' clients sign for
ASSERTION_SECONDS_MAX = 300
ASSERTION_CLAIM_SECONDS_MAX = 3_600  # what some libraries write into `exp`
SKEW_SECONDS = 60
