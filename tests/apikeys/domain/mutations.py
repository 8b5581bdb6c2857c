"""Every way to change one part of a signed request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from apikeys.domain.signatures import SignedRequest
from tests.apikeys.domain.signing import (
    BODY,
    added,
    changed,
    digest_of,
    edited,
    header,
    without,
)

MUTATIONS: dict[str, Callable[[SignedRequest], SignedRequest]] = {
    "another method": lambda s: replace(s, method="PUT"),
    "a method in lower case": lambda s: replace(s, method="post"),
    "no method": lambda s: replace(s, method=""),
    "another host": lambda s: replace(s, url=s.url.replace("api.", "evil.")),
    "another scheme": lambda s: replace(s, url=s.url.replace("https", "http")),
    "another port": lambda s: replace(s, url=s.url.replace(".com", ".com:8443")),
    "another path": lambda s: replace(s, url=s.url.replace("things", "other")),
    "a longer path": lambda s: replace(s, url=s.url.replace("things", "things/")),
    "an encoded path": lambda s: replace(s, url=s.url.replace("things", "thing%73")),
    "another query": lambda s: replace(s, url=s.url.replace("a=1", "a=2")),
    "a longer query": lambda s: replace(s, url=s.url + "&c=3"),
    "the query in another order": lambda s: replace(s, url=s.url.replace("a=1&b=2", "b=2&a=1")),
    "no query": lambda s: replace(s, url=s.url.split("?")[0]),
    "a relative url": lambda s: replace(s, url="/v1/things?a=1&b=2"),
    "an empty url": lambda s: replace(s, url=""),
    "a url with a space": lambda s: replace(s, url=s.url + " "),
    "another body": lambda s: replace(s, body=BODY + b" "),
    "no body": lambda s: replace(s, body=None),
    "an empty body": lambda s: replace(s, body=b""),
    "body and digest changed together": lambda s: changed(
        replace(s, body=b"x"), "content-digest", digest_of(b"x")
    ),
    "no digest": lambda s: without(s, "content-digest"),
    "an unknown digest added": edited("content-digest", "sha-256", "md5=:AA==:, sha-256"),
    "a second digest header": lambda s: added(s, ("Content-Digest", digest_of(BODY))),
    "an empty second digest header": lambda s: added(s, ("content-digest", "")),
    "a folded digest header": lambda s: changed(
        s, "content-digest", "\r\n " + header(s, "content-digest")
    ),
    "no signature": lambda s: without(s, "signature"),
    "no signature input": lambda s: without(s, "signature-input"),
    "no headers": lambda s: replace(s, headers=()),
    "a second signature header": lambda s: added(s, ("Signature", header(s, "signature"))),
    "an empty second signature input": lambda s: added(s, ("Signature-Input", "")),
    "two signatures": lambda s: changed(
        changed(s, "signature", f"{header(s, 'signature')}, b=:AA==:"),
        "signature-input",
        f'{header(s, "signature-input")}, b=();created=1;keyid="b"',
    ),
    "a folded signature": lambda s: changed(s, "signature", header(s, "signature") + "\r\n "),
    "another label": edited("signature", "sig1", "sig2"),
    "a later creation": edited("signature-input", "created=", "created=1"),
    "a creation that is no number": edited("signature-input", "created=", "created=x"),
    "a creation beyond all calendars": edited("signature-input", "created=", "created=99999"),
    "no creation": edited("signature-input", "created=", "expires="),
    "another key id": edited("signature-input", '"any"', '"other"'),
    "no key id": edited("signature-input", ';keyid="any"', ""),
    "another algorithm": edited("signature-input", "hmac-sha256", "ed25519"),
    "no algorithm": edited("signature-input", ';alg="hmac-sha256"', ""),
    "an unknown parameter": edited("signature-input", ";keyid", ";x=1;keyid"),
    "an expiry added": edited("signature-input", ";keyid", ";expires=4000000000;keyid"),
    "a component dropped": edited("signature-input", ' "content-digest"', ""),
    "a component added": edited("signature-input", '"@method"', '"@method" "@path"'),
    "a component repeated": edited("signature-input", '"@method"', '"@method" "@method"'),
    "components in another order": edited(
        "signature-input", '"@method" "@target-uri"', '"@target-uri" "@method"'
    ),
    "an unknown component": edited("signature-input", '"@method"', '"@method" "@nonsense"'),
    "a header that is not there": edited("signature-input", '"@method"', '"@method" "x-a"'),
    "a component of a response": edited("signature-input", '"@method"', '"@method" "@status"'),
    "a parameter on a component": edited("signature-input", '"@method"', '"@method";req'),
    "an empty signature": lambda s: changed(s, "signature", "sig1=::"),
    "a shorter signature": lambda s: changed(s, "signature", "sig1=:AAAA:"),
    "a signature that is text": lambda s: changed(s, "signature", 'sig1="AAAA"'),
    "junk for a signature": lambda s: changed(s, "signature", "\x00\ud800"),
    "junk for a signature input": lambda s: changed(s, "signature-input", "((((("),
    "a very long signature input": lambda s: changed(
        s, "signature-input", "sig1=(" + '"x" ' * 20_000 + ")"
    ),
}
