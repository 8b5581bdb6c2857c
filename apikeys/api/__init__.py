"""The native REST surface `/api/v1/`, and the parts of it that other surfaces share.

Shared are `admission`, `presenting` and `outcomes` (letting a key in) and `refusals` and `problems`
(saying why not); the endpoints are this surface's own. What is here parses, authorizes, calls one
operation and renders. It may import `operations`, `models` and `domain`, and no other surface.
Below DRF's views lies the plumbing: `strict_json` and `negotiation` (bodies), `query`, `pagination`
and `preconditions` (the rest of a request), and the middleware of `requests`, `outside`,
`credentials_in_urls` and `bodies`, to be installed in this order.
"""
