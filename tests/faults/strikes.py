"""Ways to strike a site. Each returns when the part that was struck is there again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeAlias

from tests.faults.site import Site

Strike: TypeAlias = Callable[[Site, random.Random], None]

#: For how long a part that was killed stays away.
AWAY_SECONDS_MAX = 0.3
FREEZE_SECONDS = (0.8, 1.5)
LONG_FREEZE_SECONDS = (5.0, 5.5)
CUT_SECONDS = 2
CUT_BYTES_MAX = 20_000


def kill_service_worker(site: Site, chance: random.Random) -> None:
    """A process that answers requests is gone in the middle of them."""
    site.kill_worker(chance)


def kill_flusher(site: Site, chance: random.Random) -> None:
    """The process that carries usage into PostgreSQL is gone."""
    site.kill_flusher()


def kill_valkey(site: Site, chance: random.Random) -> None:
    """Valkey is gone, and comes back with all that it had answered."""
    valkey = chance.choice(site.valkeys)
    valkey.kill()
    _stay_away(chance)
    valkey.restart()


def cut_valkey(site: Site, chance: random.Random) -> None:
    """Valkey loses the last of what it knew, as when its machine loses power."""
    valkey = chance.choice(site.valkeys)
    valkey.kill()
    if chance.random() < 0.5:
        valkey.cut_seconds(CUT_SECONDS)
    else:
        valkey.cut_bytes(chance.randint(1, CUT_BYTES_MAX))
    _stay_away(chance)
    valkey.restart()


def flush_valkey(site: Site, chance: random.Random) -> None:
    """Somebody empties Valkey."""
    chance.choice(site.valkeys).flush()


def freeze_valkey(
    site: Site, chance: random.Random, seconds: tuple[float, float] = FREEZE_SECONDS
) -> None:
    """Valkey hangs: connections stay open, and nothing is answered."""
    valkey = chance.choice(site.valkeys)
    valkey.freeze()
    time.sleep(chance.uniform(*seconds))
    valkey.thaw()


def freeze_valkey_long(site: Site, chance: random.Random) -> None:
    """It hangs for longer than anybody waits."""
    freeze_valkey(site, chance, LONG_FREEZE_SECONDS)


def kill_postgres(site: Site, chance: random.Random) -> None:
    """PostgreSQL is gone with all of its processes, and recovers."""
    site.postgres.kill()
    _stay_away(chance)
    site.postgres.restart()


def freeze_postgres(
    site: Site, chance: random.Random, seconds: tuple[float, float] = FREEZE_SECONDS
) -> None:
    """PostgreSQL hangs: connections stay open, and nothing is answered."""
    site.postgres.freeze()
    time.sleep(chance.uniform(*seconds))
    site.postgres.thaw()


def freeze_postgres_long(site: Site, chance: random.Random) -> None:
    """It hangs for longer than anybody waits."""
    freeze_postgres(site, chance, LONG_FREEZE_SECONDS)


def _stay_away(chance: random.Random) -> None:
    time.sleep(chance.uniform(0, AWAY_SECONDS_MAX))


#: After these nobody has lost anything that was answered.
KEEPING: tuple[Strike, ...] = (
    kill_service_worker,
    kill_flusher,
    kill_valkey,
    kill_postgres,
    freeze_valkey,
    freeze_postgres,
)

#: The same, in runs that may take minutes.
KEEPING_LONG: tuple[Strike, ...] = (*KEEPING, freeze_valkey_long, freeze_postgres_long)

#: After these Valkey knows less than it has answered.
LOSING: tuple[Strike, ...] = (flush_valkey, cut_valkey)
