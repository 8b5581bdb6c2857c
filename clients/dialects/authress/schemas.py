"""The shapes of bodies and answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apikeys.api.fields import KindField, shape
from apikeys.domain.kinds import Choice, Flag, Instant, Items, Text
from clients.domain.specs import DURATIONS, QUOTAS, OneOf, Tags

_ID = Text(64)


def _shown(kind: Any, **kwargs: Any) -> KindField:
    return KindField(kind, read_only=True, **kwargs)


def _given(kind: Any, **kwargs: Any) -> KindField:
    return KindField(kind, required=False, **kwargs)


Options = shape(
    "Options", [], grantUserPermissionsAccess=_given(Flag()), grantTokenGeneration=_given(Flag())
)
RateLimit = shape(
    "RateLimit",
    [],
    duration=KindField(Choice(DURATIONS)),
    quota=_given(OneOf(QUOTAS), allow_null=True),
)
VerificationKey = shape(
    "VerificationKey", [], keyId=_shown(_ID), clientId=_shown(_ID), generationDate=_shown(Instant())
)
ClientBody = shape(
    "ClientBody",
    [],
    name=_given(Text(128), allow_null=True),
    options=Options(required=False),
    rateLimits=RateLimit(many=True, required=False, allow_null=True),
    tags=_given(Tags(), allow_null=True),
)
Client = shape(
    "Client",
    [],
    clientId=_shown(_ID),
    createdTime=_shown(Instant()),
    name=_shown(Text(128), allow_null=True),
    options=Options(read_only=True),
    rateLimits=RateLimit(many=True, read_only=True, allow_null=True),
    verificationKeys=VerificationKey(many=True, read_only=True),
    tags=_shown(Tags(), allow_null=True),
)
Link = shape("Link", [], href=_shown(Text(2000)))
Links = shape("Links", [], self=Link(read_only=True), next=Link(required=False))
Cursor = shape("Cursor", [], cursor=_shown(Text(512)))
Pagination = shape("Pagination", [], next=Cursor(allow_null=True, read_only=True))
ClientCollection = shape(
    "ClientCollection",
    [],
    clients=Client(many=True, read_only=True),
    links=Links(read_only=True),
    pagination=Pagination(allow_null=True, read_only=True),
)
AccessKeyBody = shape("AccessKeyBody", [], publicKey=_given(Text(8192), allow_null=True))
AccessKey = shape(
    "AccessKey",
    [],
    keyId=_shown(_ID),
    clientId=_shown(_ID),
    generationDate=_shown(Instant()),
    clientSecret=_given(Text(512)),
    accessKey=_given(Text(512)),
)
JSONWebKeys = shape("JSONWebKeys", [], keys=_shown(Items(Text(512))))


class Problem(serializers.Serializer[Any]):
    """What went wrong."""

    title = serializers.CharField()
    errorCode = serializers.CharField()  # noqa: N815  (the wire's name)
    errorId = serializers.CharField(allow_null=True)  # noqa: N815  (the wire's name)
