-- Records the hash of sql/replace/. $1 hash.
INSERT INTO marvin.schema_replaced (hash) VALUES ($1) ON CONFLICT (one) DO UPDATE SET hash = excluded.hash;
