"""API keys for Django: issued, shown once, verified, rotated, revoked.

The packages are rings, and imports go inwards only: surfaces (`api`, `admin`, `management`, `drf`,
`decorators`, `middleware`) call `operations`, the only code that writes; `operations` uses
`models`; `models` use `domain`, which knows neither Django nor a request. Start reading there.
"""
