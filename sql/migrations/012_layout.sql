-- Boots of a bisection's layout test are asked for like those of its revert.
ALTER TABLE bisection_request DROP CONSTRAINT bisection_request_purpose_check;
ALTER TABLE bisection_request ADD CONSTRAINT bisection_request_purpose_check
    CHECK (purpose IN ('endpoints', 'search', 'verify', 'revert', 'layout'));
