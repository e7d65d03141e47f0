-- What the service keeps. One text for SQLite and PostgreSQL: TEXT, BIGINT, INTEGER; times are milliseconds since 1970 (0: none),
-- yes and no are 1 and 0, JSON is text. Numbers are given by `counter`, under the one writer, so that both stores count alike.
-- `body` of a person, a token, a lead: "department/samr", "platform/alpha", "merchant/alpha/m1", "livewarden".

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

-- What the engine decided, in its order. `n` counts decisions of this data folder; the largest tells what was taken in.
CREATE TABLE decision (
  n BIGINT PRIMARY KEY, id TEXT NOT NULL, rule TEXT NOT NULL, obligation TEXT NOT NULL, violation TEXT NOT NULL, severity TEXT NOT NULL,
  mode TEXT NOT NULL, platform TEXT NOT NULL, target_kind TEXT NOT NULL, target_id TEXT NOT NULL, liable_kind TEXT NOT NULL, liable_id TEXT NOT NULL,
  room TEXT NOT NULL, session TEXT NOT NULL, lead TEXT NOT NULL, trigger_event TEXT NOT NULL, at BIGINT NOT NULL, taken_in BIGINT NOT NULL,
  case_id BIGINT NOT NULL, outcome TEXT NOT NULL, record TEXT NOT NULL, assist TEXT NOT NULL DEFAULT '[]');  -- outcome: '', confirmed, rejected, overturned; case_id 0: none
CREATE INDEX decision_id ON decision (id);
CREATE INDEX decision_room ON decision (platform, room, at);
CREATE INDEX decision_case ON decision (case_id);
CREATE INDEX decision_liable ON decision (platform, liable_kind, liable_id, at);
CREATE INDEX decision_trigger ON decision (trigger_event);
CREATE INDEX decision_rule ON decision (rule, at);
CREATE INDEX decision_taken ON decision (taken_in);

-- Broadcasts: the last of each room.
CREATE TABLE room (
  platform TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL, host TEXT NOT NULL, operator TEXT NOT NULL, mcn TEXT NOT NULL,
  on_air INTEGER NOT NULL, started BIGINT NOT NULL, ended BIGINT NOT NULL, online BIGINT NOT NULL, gross BIGINT NOT NULL, tips BIGINT NOT NULL,
  risk BIGINT NOT NULL, findings BIGINT NOT NULL, last_at BIGINT NOT NULL, risk_at BIGINT NOT NULL DEFAULT 0,  -- risk_at: when risk was halved last
  PRIMARY KEY (platform, id));
CREATE INDEX room_risk ON room (on_air, risk);
CREATE TABLE room_minute (  -- its figures minute by minute
  platform TEXT NOT NULL, room TEXT NOT NULL, at BIGINT NOT NULL, online BIGINT NOT NULL, gross BIGINT NOT NULL, tips BIGINT NOT NULL,
  PRIMARY KEY (platform, room, at));

-- Registry: who and what there is, and the papers they hold.
CREATE TABLE party (
  platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, since BIGINT NOT NULL, changed BIGINT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (platform, kind, id));  -- kind: platform, operator, host, mcn, merchant
CREATE TABLE product (
  platform TEXT NOT NULL, id TEXT NOT NULL, merchant TEXT NOT NULL, title TEXT NOT NULL, category TEXT NOT NULL, amount BIGINT NOT NULL,
  changed BIGINT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (platform, id));
CREATE TABLE paper (
  platform TEXT NOT NULL, holder_kind TEXT NOT NULL, holder_id TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, scope TEXT NOT NULL,
  valid_until BIGINT NOT NULL, filed BIGINT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (platform, holder_kind, holder_id, kind, number));
CREATE INDEX paper_until ON paper (valid_until);
CREATE TABLE plan (  -- a scheduled broadcast
  platform TEXT NOT NULL, session TEXT NOT NULL, room TEXT NOT NULL, host TEXT NOT NULL, operator TEXT NOT NULL, mcn TEXT NOT NULL,
  starts BIGINT NOT NULL, products TEXT NOT NULL, roster TEXT NOT NULL, data TEXT NOT NULL, reviewer TEXT NOT NULL, reviewed BIGINT NOT NULL,
  outcome TEXT NOT NULL, PRIMARY KEY (platform, session));

-- Credit: the entries are the truth; `credit` is what they come to.
CREATE TABLE credit_entry (
  n BIGINT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, class TEXT NOT NULL, points BIGINT NOT NULL,
  reason TEXT NOT NULL, rule TEXT NOT NULL, repairs BIGINT NOT NULL, case_id BIGINT NOT NULL, evidence TEXT NOT NULL, decided_by TEXT NOT NULL, at BIGINT NOT NULL,
  reversed BIGINT NOT NULL, reversed_by TEXT NOT NULL, reversed_why TEXT NOT NULL);  -- points below 0 are taken, above given; repairs: the
-- entry whose points it gives back, 0 none; reversed: when, 0 no
CREATE INDEX credit_entry_of ON credit_entry (platform, kind, id, n);
CREATE INDEX credit_entry_case ON credit_entry (case_id);
CREATE TABLE credit (
  platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, score BIGINT NOT NULL, grade TEXT NOT NULL, counters TEXT NOT NULL,
  as_of BIGINT NOT NULL, PRIMARY KEY (platform, kind, id));
CREATE TABLE repair (
  id BIGINT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, party TEXT NOT NULL, task TEXT NOT NULL, entry BIGINT NOT NULL, points BIGINT NOT NULL,
  set_at BIGINT NOT NULL, due BIGINT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, verified_by TEXT NOT NULL, done BIGINT NOT NULL);
CREATE TABLE good_act (  -- that may come to points; entry: the one that it did come to, 0 none yet
  platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, conduct TEXT NOT NULL, cause TEXT NOT NULL, at BIGINT NOT NULL,
  entry BIGINT NOT NULL, PRIMARY KEY (platform, kind, id, conduct, cause));

-- Cases: one for each liable party, violation and broadcast.
CREATE TABLE case_file (
  id BIGINT PRIMARY KEY, version BIGINT NOT NULL, platform TEXT NOT NULL, liable_kind TEXT NOT NULL, liable_id TEXT NOT NULL,
  violation TEXT NOT NULL, session TEXT NOT NULL, room TEXT NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL, lead TEXT NOT NULL,
  assist TEXT NOT NULL, owner TEXT NOT NULL, opened BIGINT NOT NULL, changed BIGINT NOT NULL, due BIGINT NOT NULL, due_what TEXT NOT NULL,
  escalated INTEGER NOT NULL, decisions BIGINT NOT NULL, reports BIGINT NOT NULL, inspections BIGINT NOT NULL, outcome TEXT NOT NULL,
  decided_by TEXT NOT NULL, reason TEXT NOT NULL, joint BIGINT NOT NULL, published BIGINT NOT NULL, published_text TEXT NOT NULL DEFAULT '');
CREATE INDEX case_open ON case_file (platform, liable_kind, liable_id, violation, session);
CREATE INDEX case_lead ON case_file (lead, state, due);
CREATE INDEX case_due ON case_file (state, due);
CREATE TABLE case_item (  -- what it rests on: kind decision, report, inspection
  case_id BIGINT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, at BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (case_id, kind, ref));
CREATE TABLE case_act (  -- its history
  case_id BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL, text TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (case_id, n));
CREATE TABLE measure (
  id BIGINT PRIMARY KEY, case_id BIGINT NOT NULL, kind TEXT NOT NULL, amount BIGINT NOT NULL, department TEXT NOT NULL, text TEXT NOT NULL,
  until BIGINT NOT NULL, imposed_by TEXT NOT NULL, imposed BIGINT NOT NULL, approved_by TEXT NOT NULL, approved BIGINT NOT NULL,
  state TEXT NOT NULL, lifted BIGINT NOT NULL, interventions TEXT NOT NULL DEFAULT '[]',
  target_kind TEXT NOT NULL DEFAULT '', target_id TEXT NOT NULL DEFAULT '');  -- of the interventions; state: waits (for a second person), in-force, lifted, refused
CREATE INDEX measure_case ON measure (case_id);
CREATE TABLE appeal (
  id BIGINT PRIMARY KEY, case_id BIGINT NOT NULL, by_whom TEXT NOT NULL, text TEXT NOT NULL, filed BIGINT NOT NULL, due BIGINT NOT NULL,
  state TEXT NOT NULL, decided_by TEXT NOT NULL, decided BIGINT NOT NULL, reason TEXT NOT NULL);  -- state: filed, upheld, overturned
CREATE INDEX appeal_case ON appeal (case_id);

-- What platforms are asked to do, and what became of it.
CREATE TABLE intervention (
  id TEXT PRIMARY KEY, n BIGINT NOT NULL, decision TEXT NOT NULL, case_id BIGINT NOT NULL, platform TEXT NOT NULL, action TEXT NOT NULL,
  target_kind TEXT NOT NULL, target_id TEXT NOT NULL, room TEXT NOT NULL, session TEXT NOT NULL, asked_by TEXT NOT NULL, at BIGINT NOT NULL,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, acknowledged BIGINT NOT NULL, effect TEXT NOT NULL, record TEXT NOT NULL);
  -- decision: its id, or "measure/12"; state: asked, sent, acknowledged, withdrawn
CREATE INDEX intervention_next ON intervention (state, next_at);
CREATE INDEX intervention_of ON intervention (platform, n);
CREATE INDEX intervention_case ON intervention (case_id);
CREATE INDEX intervention_decision ON intervention (decision);
CREATE TABLE hook (  -- where a platform wants them sent
  id BIGINT PRIMARY KEY, body TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, state TEXT NOT NULL, made BIGINT NOT NULL, failing_since BIGINT NOT NULL);

-- From the public, and drawn by lot.
CREATE TABLE report (
  id BIGINT PRIMARY KEY, receipt TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, target_kind TEXT NOT NULL, target_id TEXT NOT NULL,
  room TEXT NOT NULL, violation TEXT NOT NULL, text TEXT NOT NULL, contact TEXT NOT NULL, reporter TEXT NOT NULL, channel TEXT NOT NULL,
  filed BIGINT NOT NULL, state TEXT NOT NULL, department TEXT NOT NULL, due BIGINT NOT NULL, case_id BIGINT NOT NULL, answer TEXT NOT NULL,
  escalated INTEGER NOT NULL DEFAULT 0, session TEXT NOT NULL DEFAULT '');  -- state: received, accepted, refused, decided
CREATE INDEX report_due ON report (state, due);
CREATE INDEX report_reporter ON report (reporter, filed);
CREATE INDEX report_filed ON report (filed);
CREATE INDEX report_case ON report (case_id);
CREATE TABLE spot_check (
  id BIGINT PRIMARY KEY, drawn BIGINT NOT NULL, platform TEXT NOT NULL, room TEXT NOT NULL, session TEXT NOT NULL, cause TEXT NOT NULL,
  weight BIGINT NOT NULL, pool BIGINT NOT NULL, department TEXT NOT NULL, officer TEXT NOT NULL, state TEXT NOT NULL, done BIGINT NOT NULL,
  finding TEXT NOT NULL, text TEXT NOT NULL, case_id BIGINT NOT NULL, draw BIGINT NOT NULL DEFAULT 0);  -- state: drawn, done; cause: lot, risk
CREATE INDEX spot_check_room ON spot_check (platform, room);

-- People and programs.
CREATE TABLE person (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, shown TEXT NOT NULL, body TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL,
  totp TEXT NOT NULL, totp_used BIGINT NOT NULL, state TEXT NOT NULL, failures BIGINT NOT NULL, locked_until BIGINT NOT NULL, made BIGINT NOT NULL);
CREATE TABLE login (
  hash TEXT PRIMARY KEY, person BIGINT NOT NULL, csrf TEXT NOT NULL, made BIGINT NOT NULL, seen BIGINT NOT NULL, until BIGINT NOT NULL);
CREATE TABLE token (
  id BIGINT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, body TEXT NOT NULL, scopes TEXT NOT NULL, made_by TEXT NOT NULL,
  made BIGINT NOT NULL, until BIGINT NOT NULL, revoked BIGINT NOT NULL, used BIGINT NOT NULL);
CREATE TABLE act (  -- the audit log
  n BIGINT PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL, body TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX act_subject ON act (subject, n);

-- Evidence: leaf n of the tree. The tree holds the commitment alone; what was committed to, and its salt, may be deleted when their
-- term ends, and the proof stays whole.
CREATE TABLE leaf (
  n BIGINT PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, at BIGINT NOT NULL, commitment TEXT NOT NULL, salt TEXT NOT NULL, opened TEXT NOT NULL);
CREATE INDEX leaf_ref ON leaf (kind, ref);
CREATE INDEX leaf_at ON leaf (kind, at);

-- Events that the desk tells the engine: logged like all others, so that a rule may read a tier or a measure.
CREATE TABLE outbox (n BIGINT PRIMARY KEY, line TEXT NOT NULL);

-- Under a key of the data folder: pseudonym → sealed original, for an unsealing with a cause.
CREATE TABLE sealed (pseudonym TEXT PRIMARY KEY, key_id TEXT NOT NULL, sealed TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE rule_outcome (rule TEXT NOT NULL, outcome TEXT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (rule, outcome));
