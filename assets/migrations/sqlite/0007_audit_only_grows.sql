-- What is written in the audit is neither changed nor taken back, by us least
-- of all.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;

CREATE TRIGGER audit_is_not_forgotten BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;
