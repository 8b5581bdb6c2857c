"""Real servers for the tests, started from binaries that packages carry.

`keeper` ties a server's life to the process that asked for it, `postgres` and `valkey` know how
to start theirs; those in `durable_…` keep their data through a kill. Nothing here knows Django or
pytest; the fixtures are in `tests.conftest`.
"""
