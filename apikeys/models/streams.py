from __future__ import annotations

from django.db import models


class Shard(models.Model):
    """One part of the limiter's state, and the epoch in which it lives now.

    An epoch ends when the limiter may have lost something: a restart, a flush, a failover.
    """

    number = models.PositiveIntegerField(primary_key=True)
    epoch = models.CharField(max_length=80, default="")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"shard {self.number}"


class Stream(models.Model):
    """The usage events of one shard in one epoch, and how far they are rolled up.

    `position` moves in the transaction that adds the events up to it: none counts twice.
    `witness` is the last position that any process saw written, told when the epoch had ended: a
    stream that ends before it has lost events.
    """

    shard = models.ForeignKey(Shard, models.CASCADE, related_name="streams")
    epoch = models.CharField(max_length=80)
    position = models.CharField(max_length=64, default="")
    witness = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)
    drained_at = models.DateTimeField(null=True)
    lossy = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["shard", "epoch"], name="apikeys_stream_once"),
        ]

    def __str__(self) -> str:
        return f"stream {self.epoch} of {self.shard_id}"
