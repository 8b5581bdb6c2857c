INSERT INTO oauth2_provider_application
    (id, client_id, redirect_uris, post_logout_redirect_uris, client_type,
     authorization_grant_type, client_secret, hash_client_secret, name, skip_authorization,
     created, updated, algorithm, allowed_origins, registration_source)
VALUES (1, 'benchmark', '', '', 'confidential', 'client-credentials', '', true, 'benchmark', false,
        now(), now(), '', '', 'manual');
INSERT INTO oauth2_provider_accesstoken
    (token, token_checksum, application_id, expires, scope, resource, created, updated)
SELECT token, encode(sha256(token::bytea), 'hex'), 1, now() + interval '1 day', scope, '[]',
       now(), now()
FROM (
    SELECT 'token_' || md5(i::text) AS token, 'orders:read' AS scope
    FROM generate_series(1, %(count)s::int) AS i
    UNION ALL SELECT 'introspector', 'introspection'
) AS tokens;
VACUUM ANALYZE oauth2_provider_accesstoken;
