INSERT INTO rest_framework_api_key_apikey
    (id, prefix, hashed_key, created, name, revoked)
SELECT prefix || '.' || hashed, prefix, hashed, now(), 'key ' || i, false
FROM generate_series(1, %(count)s::int) AS i
CROSS JOIN LATERAL (SELECT to_char(i, 'FM00000000') AS prefix) AS named
CROSS JOIN LATERAL (
    SELECT 'sha512$$' || encode(sha512((prefix || '.' || md5(i::text))::bytea), 'hex') AS hashed
) AS digested;
VACUUM ANALYZE rest_framework_api_key_apikey;
