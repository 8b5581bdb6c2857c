INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
VALUES ('benchmark', 'benchmark', 'benchmark@example.com', true, now(), now());
INSERT INTO apikey
    (id, "configId", name, "referenceId", key, enabled, "rateLimitEnabled",
     "rateLimitTimeWindow", "rateLimitMax", "requestCount", "createdAt", "updatedAt")
SELECT md5('id' || i), 'default', 'key ' || i, 'benchmark',
       rtrim(translate(encode(sha256(('ba_' || md5(i::text))::bytea), 'base64'), '+/', '-_'), '='),
       true, true, 86400000, 1000000000, 0, now(), now()
FROM generate_series(1, %(count)s::int) AS i;
VACUUM ANALYZE apikey;
