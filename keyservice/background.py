"""The jobs of the embedded mode, in a thread of the serving process.

With Redis they run in a process of their own, beside any number of serving ones.
"""

from __future__ import annotations

import threading

from apikeys.operations.upkeep import run_forever


def start_upkeep() -> threading.Event:
    """Start the thread; setting the event ends it.

    A daemon: each job is a transaction, so it may be cut off when the process ends.
    """
    stop = threading.Event()
    threading.Thread(target=run_forever, args=(stop,), name="upkeep", daemon=True).start()
    return stop
