"""The directory with what this service must not lose: database, keys, collected static files."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from apikeys.domain.keyrings import new_root_key_text
from keyservice.variables import BadSetting

NAME = "KEYSERVICE_DATA_DIR"
KEYS_NAME = "keys"
STATIC_NAME = "static"
METRICS_NAME = "metrics"
JOURNAL_NAME = "usage"  # events that are not rolled up yet, where there is no Redis
_LOCK_NAME = "serving.lock"


def prepare(path: Path) -> None:
    """Make the directory for its owner alone; refuse one that cannot be read and written."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / STATIC_NAME).mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise BadSetting(NAME, f"{path} is not a directory.") from error
    except OSError as error:
        raise _unusable(path, error) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise BadSetting(NAME, f"{path} cannot be read and written by this user.")


def ring_text(path: Path, *, database: Path) -> str:
    """The key ring of the embedded mode; made on the first start, mode 0600."""
    keys = path / KEYS_NAME
    try:
        if not keys.exists():
            _write_new(keys, database)
        if keys.stat().st_mode & 0o077:
            raise BadSetting(NAME, f"{keys} is open to other users; run: chmod 600 {keys}")
        return keys.read_text(encoding="utf-8")
    except OSError as error:
        raise _unusable(keys, error) from error
    except UnicodeDecodeError:
        # Not chained: the exception quotes the bytes of the keys.
        raise BadSetting(NAME, f"{keys} is not text.") from None


def claim(path: Path) -> int:
    """Take the directory for one serving process; the lock lasts as long as the descriptor.

    Limits are counted in the memory of one process here, so a second one must not serve.
    """
    lock = path / _LOCK_NAME
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BadSetting(
            NAME,
            f"another process serves from {path} without Redis; "
            "stop it, or set REDIS_URL for both.",
        ) from error
    except OSError as error:
        raise _unusable(lock, error) from error
    return descriptor


def fresh_metrics(path: Path, service: str) -> Path:
    """An empty directory for what the processes of this service count, by the address of it.

    What an earlier run has left would be counted on.
    """
    directory = path / METRICS_NAME / service
    try:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(directory, error) from error
    return directory


def _write_new(keys: Path, database: Path) -> None:
    if database.exists():
        raise BadSetting(
            NAME,
            f"{keys} is missing, but {database} was written with it; restore it from a backup.",
        )
    # Complete under another name first: a crash must not leave half a key, nor may a second
    # process starting at the same time replace the key that the first has begun to use.
    draft = keys.with_name(f"{KEYS_NAME}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(f"{new_root_key_text()}\n", encoding="utf-8")
    try:
        os.link(draft, keys)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _unusable(path: Path, error: OSError) -> BadSetting:
    return BadSetting(NAME, f"{path} cannot be used: {error.strerror or type(error).__name__}.")
