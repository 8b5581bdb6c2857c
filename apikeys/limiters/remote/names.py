"""What everything is called in Redis: a part of the stored layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apikeys.limiters.base import KEY, TENANT, Subject


@dataclass(frozen=True, slots=True)
class Names:
    """All names of a shard carry its number as hash tag, so that a cluster keeps them together."""

    prefix: str

    def of(self, shard: int, what: str) -> str:
        return f"{self.prefix}:{{{shard}}}:{what}"

    def epoch(self, shard: int) -> str:
        return self.of(shard, "epoch")

    def state(self, shard: int, subject_id: str) -> str:
        return self.of(shard, f"s:{subject_id}")

    def leases(self, shard: int, subject_id: str) -> str:
        return self.of(shard, f"l:{subject_id}")

    def version(self, shard: int, kind: str, subject_id: str) -> str:
        return self.of(shard, f"v:{kind}:{subject_id}")

    def stream(self, shard: int, epoch: str) -> str:
        return self.of(shard, f"e:{epoch}")

    def keys(self, subject: Subject) -> list[Any]:
        """What `take.lua` is told of a subject: its first four are those of `grant.lua`."""
        kept = subject.reuse.get("keys")
        if kept is None:
            shard = subject.shard
            kept = subject.reuse["keys"] = [
                self.epoch(shard),
                self.version(shard, KEY, subject.id),
                self.version(shard, TENANT, subject.tenant_id),
                self.state(shard, subject.id),
                self.leases(shard, subject.id),
                self.stream(shard, subject.epoch),
            ]
        return kept  # type: ignore[return-value]  # put there above
