"""The service while its parts are killed, frozen and robbed of what they know.

`site` is a deployment whose parts can be struck, `strikes` are the ways to do it, `load` are its
clients, `history` is what they saw. An `ordeal` puts them together, and `guarantees` says what
has to hold at its end. `--kills` is how often each fault strikes; what takes minutes is marked
`long` and runs only when that is more than its default.
"""
