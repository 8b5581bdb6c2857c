from __future__ import annotations

from django.db import models

from apikeys.models.columns import JSONText


class KeyDetails(models.Model):
    """Alerts, governance and notes for the integrator; made when the first is set."""

    key = models.OneToOneField(
        "apikeys.ApiKey", models.CASCADE, primary_key=True, related_name="details"
    )
    rotation_frequency_days = models.BigIntegerField(null=True)
    last_security_review_at = models.DateTimeField(null=True)
    alert_emails: JSONText = JSONText(default=list)
    webhook_url = models.CharField(max_length=1000, null=True)
    alert_on_quota_threshold = models.BooleanField(default=False)
    quota_alert_threshold = models.FloatField(default=0.8)
    alert_on_error_spike = models.BooleanField(default=False)
    error_alert_threshold = models.FloatField(default=0.1)
    monitoring_integrations: JSONText = JSONText(default=list)
    compliance_standards: JSONText = JSONText(default=list)
    requires_audit_logging = models.BooleanField(default=False)
    log_all_requests = models.BooleanField(default=False)
    data_residency = models.CharField(max_length=64, null=True)
    data_classification = models.CharField(max_length=64, null=True)
    approved_integrations: JSONText = JSONText(default=list)
    api_version = models.CharField(max_length=64, null=True)
    supported_features: JSONText = JSONText(default=list)
    documentation_url = models.CharField(max_length=1000, null=True)
    support_contact = models.CharField(max_length=255, null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"details of {self.key_id}"
