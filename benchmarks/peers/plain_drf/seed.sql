INSERT INTO plain_drf_key (digest, owner, revoked)
SELECT encode(sha256(('plain_' || md5(i::text))::bytea), 'hex'), 'owner ' || i, false
FROM generate_series(1, %(count)s::int) AS i;
VACUUM ANALYZE plain_drf_key;
