-- What was found in a broadcast is counted without going through the findings of others, or into the records of its own; what platforms
-- were asked for in a case is read from its end.
CREATE INDEX decision_session ON decision (platform, session, room, violation, severity, mode, lead, assist, case_id);
DROP INDEX intervention_case;
CREATE INDEX intervention_case ON intervention (case_id, n);
