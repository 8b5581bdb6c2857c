"""The fields of PlaybookMedia's two key models, as its definitions declare them."""

from __future__ import annotations

from collections.abc import Mapping

_API_KEY = """
id name keyHash keyPrefix scopes allowedIps allowedDomains allowedEnvironments isTestKey
requestsPerSecond requestsPerDay concurrentRequests monthlyRequestQuota costPerRequest
billingTier totalRequests totalErrors lastUsedAt averageResponseTime endpointUsageJson
errorRatesJson recentErrors successfulRequestsCount successRate status createdAt updatedAt
expiresAt deletedAt lastRotatedAt lastSecurityReviewAt requiresClientSecret clientSecretHash
enforceHttps enforceSigning allowedSignatureAlgorithms enforceMutualTls clientCertificateHash
requireRequestSigning description metadataJson tags apiVersion supportedFeatures
documentationUrl supportContact logAllRequests lastRotationReason lastRotationDate
rotationFrequencyDays complianceStandards requiresAuditLogging dataResidency
approvedIntegrations alertEmails webhookUrl alertOnQuotaThreshold quotaAlertThreshold
alertOnErrorSpike errorAlertThreshold monitoringIntegrations encrypted dataClassification
maxUses rateLimit
"""
_TENANT_API_KEY = """
id keyHash keyPrefix name description status scopes maxUses allowedIps useCount expiresAt
createdAt updatedAt deletedAt
"""


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: By the shape that documents them here.
MODELS: Mapping[str, frozenset[str]] = {
    "APIKey": _fields(_API_KEY),
    "TenantAPIKey": _fields(_TENANT_API_KEY),
}

WITHOUT_ATTRIBUTE: Mapping[str, str] = {
    "keyHash": "SHA-256 of the plaintext, out of a sealed fingerprint",
    "clientSecretHash": "the digest of the client secret, which no attribute keeps",
    "lastRotationDate": "the moment of lastRotatedAt under its second name",
    "useCount": "totalRequests by the name of the other model",
}
