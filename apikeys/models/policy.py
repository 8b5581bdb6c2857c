from __future__ import annotations

from django.db import models

from apikeys.models.columns import JSONText


class AccessPolicy(models.Model):
    """From where and how a key may be used. NULL is no rule, an empty list allows nothing."""

    key = models.OneToOneField(
        "apikeys.ApiKey", models.CASCADE, primary_key=True, related_name="policy"
    )
    allowed_ips: JSONText = JSONText(null=True)
    allowed_domains: JSONText = JSONText(null=True)
    allowed_origins: JSONText = JSONText(null=True)
    allowed_environments: JSONText = JSONText(null=True)
    enforce_https = models.BooleanField(default=False)
    enforce_mutual_tls = models.BooleanField(default=False)
    client_certificate_hash = models.CharField(max_length=43, null=True)
    enforce_signing = models.BooleanField(default=False)
    require_request_signing = models.BooleanField(default=False)
    allowed_signature_algorithms: JSONText = JSONText(null=True)
    requires_client_secret = models.BooleanField(default=False)
    client_secret_digest = models.BinaryField(max_length=32, null=True)
    client_secret_fingerprint = models.TextField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"policy of {self.key_id}"
