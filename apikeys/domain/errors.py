"""Broken expectations of the domain, each with a stable code and a sentence that may be shown.

A refused verify is not an error but a value (`verdict.Verdict`). These exceptions say that a
command could not be carried out; surfaces map them to a status in one table. None ever holds a
secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field of the input. `pointer` is an RFC 6901 JSON pointer such as `/scopes/0`."""

    pointer: str
    code: str
    detail: str


class KeyServiceError(Exception):
    """Base of all: `code` for programs, `detail` for people and safe to show to the caller."""

    code = "error"
    detail = "The request could not be carried out."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or type(self).detail
        super().__init__(self.detail)


class InvalidInput(KeyServiceError):
    """Some fields break a rule; nothing was written."""

    code = "invalid_input"
    detail = "Some fields are not valid; nothing was changed. Mend the fields listed in errors."

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__()
        self.errors = tuple(errors)

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> InvalidInput:
        """One bad field."""
        return cls([FieldError(pointer, code, detail)])

    def __str__(self) -> str:
        return "; ".join(f"{error.pointer}: {error.detail}" for error in self.errors)


class NotFound(KeyServiceError):
    """Missing, deleted, or of another tenant: indistinguishable by design."""

    code = "not_found"
    detail = "There is no such object, or it is not yours. Check the id."


class NotPermitted(KeyServiceError):
    """The actor lacks what this asks for: `scopes`, where that can be said in scopes."""

    code = "insufficient_scope"
    detail = "The credential does not hold the scope that this asks for."

    def __init__(self, detail: str | None = None, *, scopes: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.scopes = tuple(scopes)


class GrantExceedsHolder(NotPermitted):
    """A management credential was to get scopes that its maker does not hold."""

    code = "grant_exceeds_holder"
    detail = "A management credential can be given only scopes that its maker holds."


class KeyRevoked(KeyServiceError):
    """Revocation is final: the key can no longer be changed."""

    code = "key_revoked"
    detail = "The key is revoked, and revocation is final. Issue a new key instead."


class NotDeleted(KeyServiceError):
    """Only a deleted key can be restored."""

    code = "not_deleted"
    detail = "The key is not deleted, so there is nothing to restore."


class RetentionOver(KeyServiceError):
    """The time within which a deleted key can be restored has passed."""

    code = "retention_over"
    detail = "The retention time of this deleted key has passed. Issue a new key instead."


class SecretNotRecoverable(KeyServiceError):
    """The key was created without `recoverable: true`, so no copy of its secret exists."""

    code = "secret_not_recoverable"
    detail = "No copy of this key's secret exists. Rotate the key to get a new secret."


class RevealLimitReached(KeyServiceError):
    """Too many reads of recoverable secrets within the hour."""

    code = "reveal_limit_reached"
    detail = "This key's secret was read too often within the hour. Try again later."


class AlreadyImported(KeyServiceError):
    """One imported hash makes one key."""

    code = "already_imported"
    detail = "A key with this hash exists already; one imported hash makes one key."


class NameTaken(KeyServiceError):
    """Where names are addresses, no two live keys of a subject have the same."""

    code = "name_taken"
    detail = "A live key of this subject has this name. Choose another name, or revoke that key."


class LastRootCredential(KeyServiceError):
    """The default tenant would be left without a credential that holds `*`."""

    code = "last_root_credential"
    detail = (
        "This is the last credential with the scope * in the default tenant. "
        "Make another one first, or run: manage.py apikeys_root --new"
    )


class DefaultTenantStays(KeyServiceError):
    """The default tenant cannot be suspended."""

    code = "default_tenant_stays"
    detail = "The default tenant cannot be suspended: the root key lives in it."


class VersionMismatch(KeyServiceError):
    """`If-Match` names a version that is no longer current."""

    code = "version_mismatch"
    detail = "The object was changed since you read it. Read it again, then repeat the change."


class RevealGone(KeyServiceError):
    """The one-time page was opened before, has expired, or belongs to someone else."""

    code = "reveal_gone"
    detail = "This secret was already shown, or the page has expired. Rotate the key instead."


class IdempotencyConflict(KeyServiceError):
    """The same `Idempotency-Key` came with another body."""

    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used with another request. Use a new one."


class IdempotencyInProgress(KeyServiceError):
    """The first request with this `Idempotency-Key` is still running."""

    code = "idempotency_in_progress"
    detail = "The first request with this Idempotency-Key is still running. Try again shortly."


class AmbiguousCredential(KeyServiceError):
    """One request carries two different credentials, so it is not clear who is calling."""

    code = "ambiguous_credential"
    detail = "Two different credentials were sent. Send one: Authorization: Bearer or X-API-Key."


class RevocationPending(KeyServiceError):
    """The change is committed, and not every worker could be told yet."""

    code = "revocation_pending"
    detail = (
        "The change is stored, and takes effect everywhere as soon as the limiter answers again. "
        "Repeat the call to have it confirmed."
    )


class Undetermined(KeyServiceError):
    """What has to be asked cannot be reached: nothing was done, or it is not known."""

    code = "undetermined"
    detail = "This cannot be decided at the moment. Try again shortly."


class CreditsExhausted(KeyServiceError):
    """There are fewer credits than are to be reserved or settled."""

    code = "credits_exhausted"
    detail = "The key does not have so many credits left."


class NoCredits(KeyServiceError):
    """Credits can be reserved only where they are counted."""

    code = "no_credits"
    detail = "This key has no credits. Set credits first."
