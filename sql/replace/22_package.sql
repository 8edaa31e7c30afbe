-- Trees of packages: a version of a package is a subject.

-- A package version as a subject, made once. is_other: the tree has this version already, of
-- another package or content; that one stays, and other content is kept as a move of the release.
CREATE OR REPLACE FUNCTION package_store(p_tree_id int, p_version text, p_package text, p_hash text, p_summary text)
RETURNS TABLE (subject_id bigint, is_other bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE s subject;
BEGIN
    INSERT INTO subject (tree_id, revision, package, package_hash, summary)
    VALUES (p_tree_id, p_version, p_package, p_hash, p_summary)
    ON CONFLICT (tree_id, revision) DO NOTHING RETURNING * INTO s;
    IF NOT FOUND THEN
        SELECT * INTO s FROM subject WHERE tree_id = p_tree_id AND revision = p_version;
    END IF;
    IF s.package = p_package AND s.package_hash <> p_hash THEN
        INSERT INTO release_move (release_id, new_revision)
        SELECT r.id, 'sha256:' || p_hash FROM release r WHERE r.subject_id = s.id ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY SELECT s.id, s.package IS DISTINCT FROM p_package OR s.package_hash IS DISTINCT FROM p_hash;
END $$;

-- When a package was made, as its file says: a better date of the release than when it was found.
CREATE OR REPLACE FUNCTION package_dated(p_subject_id bigint, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    UPDATE subject SET committed_at = p_at WHERE id = p_subject_id AND package IS NOT NULL AND committed_at IS NULL;
    UPDATE release SET released_at = p_at
    WHERE subject_id = p_subject_id AND released_at > p_at
      AND EXISTS (SELECT 1 FROM subject WHERE id = p_subject_id AND package IS NOT NULL);
$$;
