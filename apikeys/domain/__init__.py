"""What a key is and who may pass, as pure functions over frozen values.

Here belongs every rule that can be stated without a database, a clock or a request: time,
randomness and settings come in as arguments, and a refusal is a value, not an exception. The
modules may import one another, the standard library, `cryptography` and, only where a signature is
checked, the optional `http_message_signatures`; never Django, never a ring further out. Read them
in this order: `verdict` (what can be answered), `presentation` (what a caller brings), `terms`
(what a key demands), `lifecycle` (what state it is in), `rules` (how the first three meet).
"""
