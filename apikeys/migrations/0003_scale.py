"""Indexes for lists and searches over millions of keys; made while the service goes on."""

from typing import Any

from django.db import migrations, models

from apikeys.models import trigrams
from apikeys.models.online import AddIndexOnline, RemoveIndexOnline

TRIGRAMS = {
    "apikeys_key_trigram": "apikeys_apikey",
    "apikeys_tenant_trigram": "apikeys_tenant",
}


def install(_: Any, editor: Any) -> None:
    trigrams.install(editor, TRIGRAMS)


def remove(_: Any, editor: Any) -> None:
    trigrams.remove(editor, TRIGRAMS)


class Migration(migrations.Migration):
    atomic = False  # to build an index concurrently takes several transactions

    dependencies = [
        ("apikeys", "0002_engine"),
    ]

    operations = [
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(fields=["subject", "tenant", "-id"], name="apikeys_key_owner"),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(fields=["created_by", "-id"], name="apikeys_key_maker"),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(fields=["created_at"], name="apikeys_key_created"),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(fields=["expires_at", "id"], name="apikeys_key_ends"),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                fields=[
                    "-id",
                    "tenant",
                    "environment",
                    "key_type",
                    "hold",
                    "created_at",
                    "expires_at",
                    "revoked_at",
                    "deleted_at",
                ],
                name="apikeys_key_walk",
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                fields=["search_name"],
                name="apikeys_key_beginning",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(("environment", "test")), fields=["-id"], name="apikeys_key_test"
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(("key_type", "standard"), _negated=True),
                fields=["key_type", "-id"],
                name="apikeys_key_type",
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(("hold__isnull", False)),
                fields=["hold", "-id"],
                name="apikeys_key_hold",
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", False)),
                fields=["-id"],
                name="apikeys_key_revoked",
            ),
        ),
        AddIndexOnline(
            model_name="apikey",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["deleted_at"],
                name="apikeys_key_deleted",
            ),
        ),
        AddIndexOnline(
            model_name="auditevent",
            index=models.Index(fields=["action", "-id"], name="apikeys_audit_action"),
        ),
        AddIndexOnline(
            model_name="auditevent",
            index=models.Index(
                fields=["-id", "tenant", "at", "action", "actor_kind"], name="apikeys_audit_walk"
            ),
        ),
        AddIndexOnline(
            model_name="auditevent",
            index=models.Index(fields=["actor_id", "-id"], name="apikeys_audit_actor"),
        ),
        AddIndexOnline(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("request_id__isnull", False)),
                fields=["request_id"],
                name="apikeys_audit_request",
            ),
        ),
        AddIndexOnline(
            model_name="keysecret",
            index=models.Index(
                condition=models.Q(("retires_at__isnull", False)),
                fields=["retires_at"],
                name="apikeys_secret_retires",
            ),
        ),
        RemoveIndexOnline(
            model_name="apikey",
            name="apikeys_key_subject",
        ),
        RemoveIndexOnline(
            model_name="apikey",
            name="apikeys_key_expires",
        ),
        migrations.RunPython(install, remove, elidable=False),
    ]
