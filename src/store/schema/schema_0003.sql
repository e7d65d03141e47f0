-- Cases that hold thousands of decisions, and the newest of all interventions and cases, are found without going through the rest.
DROP INDEX decision_case;
CREATE INDEX decision_case ON decision (case_id, n);
DROP INDEX intervention_next;
CREATE INDEX intervention_next ON intervention (platform, state, next_at, n);
CREATE INDEX intervention_n ON intervention (n);
CREATE INDEX case_changed ON case_file (changed);
