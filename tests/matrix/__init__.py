"""Who may do what, on every route: tables of rows, and the tests that hold the service to them.

A table is a file `authz_matrix.toml` anywhere below `tests`; each surface has one beside its own
tests. `authz_matrix.toml` in this folder says how they are written.
"""
