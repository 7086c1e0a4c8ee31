-- Every primary key starts with the tenant. Hot columns serve filters; the whole row is JSON text in `body`.
-- Ids of executions grow with time, so new rows land at the end of their trees.

CREATE TABLE executions (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  start_date INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  parent_execution_id TEXT,
  trigger_execution_id TEXT,
  state TEXT NOT NULL,
  end_date INTEGER,
  indexed_labels TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The columns of these two never change, so a change of state doesn't touch them.
CREATE INDEX executions_by_start ON executions (tenant, start_date, id, kind);
CREATE INDEX executions_by_flow ON executions (tenant, namespace, flow_id, start_date, id, kind);

-- Small ones: executions that live, that ended badly, or that others caused.
CREATE INDEX executions_live ON executions (start_date, tenant, id, state) WHERE end_date IS NULL;
CREATE INDEX executions_live_by_flow ON executions (tenant, namespace, flow_id, state, end_date)
  WHERE end_date IS NULL;
CREATE INDEX executions_unhappy ON executions (tenant, start_date, id, state)
  WHERE state IN ('FAILED', 'WARNING', 'KILLED', 'CANCELLED', 'RETRIED', 'SKIPPED', 'RESUBMITTED');
CREATE INDEX executions_by_parent ON executions (tenant, parent_execution_id, start_date, id)
  WHERE parent_execution_id IS NOT NULL;
CREATE INDEX executions_by_trigger ON executions (tenant, trigger_execution_id, start_date, id)
  WHERE trigger_execution_id IS NOT NULL;

-- In the order of lists, so that a page by a label reads no more of its executions than it shows. Their names differ from
-- those above, so that lists over both tables need no prefixes.
CREATE TABLE execution_labels (
  of_tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  of_start INTEGER NOT NULL,
  of_id TEXT NOT NULL,
  PRIMARY KEY (of_tenant, key, value, of_start, of_id)
) STRICT, WITHOUT ROWID;

-- Commits add labels themselves (a trigger on every insert costs a fifth of it); these two take old ones away.
CREATE TRIGGER execution_labels_updated AFTER UPDATE OF indexed_labels ON executions
WHEN OLD.indexed_labels IS NOT NULL AND OLD.indexed_labels IS NOT NEW.indexed_labels BEGIN
  DELETE FROM execution_labels WHERE of_tenant = OLD.tenant AND of_start = OLD.start_date AND of_id = OLD.id
    AND (key, value) IN (SELECT value ->> 'key', value ->> 'value' FROM json_each(OLD.indexed_labels));
END;

CREATE TRIGGER execution_labels_deleted AFTER DELETE ON executions WHEN OLD.indexed_labels IS NOT NULL BEGIN
  DELETE FROM execution_labels WHERE of_tenant = OLD.tenant AND of_start = OLD.start_date AND of_id = OLD.id
    AND (key, value) IN (SELECT value ->> 'key', value ->> 'value' FROM json_each(OLD.indexed_labels));
END;

-- Bodies of executions and task runs are JSON; how their histories are written: see bodies.ts.
CREATE TABLE task_runs (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, execution_id, number)
) STRICT, WITHOUT ROWID;

-- One row per batch. `execution_id` is '' for lines that belong to no execution. Levels are 0 (TRACE) to 4 (ERROR).
-- `lines` is [[time, level, message], …]. The batches of an execution lie in the order in which a log is read.
-- The lines of a row are no more than a second apart (log-columns.ts), so that they also lie almost in the order of their last lines.
CREATE TABLE logs (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  first_time INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  trigger_id TEXT,
  task_id TEXT,
  task_run_id TEXT,
  task_run_index INTEGER,
  attempt INTEGER,
  last_time INTEGER NOT NULL,
  max_level INTEGER NOT NULL,
  min_level INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (tenant, execution_id, first_time, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX logs_by_time ON logs (tenant, last_time, first_time, max_level, min_level, line_count);
CREATE INDEX logs_by_trigger ON logs (tenant, namespace, flow_id, trigger_id, last_time) WHERE trigger_id IS NOT NULL;

-- One row for what a task run reported at once: `items` is [[name, type, value, time, tags], …].
CREATE TABLE metrics (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  task_run_id TEXT NOT NULL,
  first_time INTEGER NOT NULL,
  items TEXT NOT NULL,
  PRIMARY KEY (tenant, execution_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX metrics_by_flow ON metrics (tenant, namespace, flow_id, first_time);

-- The latest revision of each flow, without its source; all revisions are in flow_revisions.
CREATE TABLE flows (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  trigger_types TEXT,
  updated_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  unapplied INTEGER NOT NULL,
  PRIMARY KEY (tenant, namespace, id)
) STRICT, WITHOUT ROWID;

-- There are few different sets of types, so that flows with one of them are found by a walk over the sets.
CREATE INDEX flows_by_trigger_types ON flows (trigger_types, tenant, namespace, id)
  WHERE trigger_types IS NOT NULL AND deleted = 0;
CREATE INDEX flows_unapplied ON flows (tenant, namespace, id) WHERE unapplied = 1;

CREATE TABLE flow_revisions (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  checked TEXT,
  PRIMARY KEY (tenant, namespace, id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE triggers (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  trigger_id TEXT NOT NULL,
  next_date INTEGER,
  wake_at INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, namespace, flow_id, trigger_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX triggers_to_wake ON triggers (wake_at, tenant, namespace, flow_id, trigger_id) WHERE wake_at IS NOT NULL;

CREATE TABLE key_values (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  expires_at INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, namespace, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, execution_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, execution_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

-- What requests with the header Idempotency-Key created.
CREATE TABLE idempotency_keys (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at, tenant, id);

-- The last number given to a log line, a metric or a message.
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counters VALUES ('sequence', 0);

-- A row is here while only a part is here of what `capstan migrate-store` moves in: no store starts on it.
CREATE TABLE unfinished_transfers (
  source TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
