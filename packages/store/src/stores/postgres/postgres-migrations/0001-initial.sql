-- Every primary key starts with the tenant; texts compare by their bytes (COLLATE "C"), so that ids of executions, which
-- grow with time, land at the end of their trees. Hot columns serve filters; the whole row is JSON in `body`, as text:
-- what jsonb refuses (the character 0) must be kept as well.
--
-- An update is cheap while it touches no indexed column and finds room in its page. So what changes of an execution is in
-- no index of its table, pages keep room, and lists by state have small tables of their own.
--
-- What grows with executions lies in partitions by the id of the execution, which begins with the time it was made: one for some
-- days each, such as executions_20261126, which the server makes ahead of time (partitions/). An id that is no time, or a time after
-- 2081, is at least '01' and lies in the partition `…_beyond`; what no other partition takes lies in `…_default`.

CREATE TABLE executions (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  flow_id text COLLATE "C" NOT NULL,
  start_date bigint NOT NULL,
  kind smallint NOT NULL,
  parent_execution_id text COLLATE "C",
  trigger_execution_id text COLLATE "C",
  state text COLLATE "C" NOT NULL,
  end_date bigint,
  labels jsonb,
  body text NOT NULL,
  PRIMARY KEY (tenant, id)
) PARTITION BY RANGE (id);

CREATE TABLE executions_beyond PARTITION OF executions FOR VALUES FROM ('01') TO (MAXVALUE) WITH (fillfactor = 60);
CREATE TABLE executions_default PARTITION OF executions DEFAULT WITH (fillfactor = 60);

CREATE INDEX executions_by_start ON executions (tenant, start_date, id);
CREATE INDEX executions_by_flow ON executions (tenant, namespace, flow_id, start_date, id);
CREATE INDEX executions_by_parent ON executions (tenant, parent_execution_id, start_date, id)
  WHERE parent_execution_id IS NOT NULL;
CREATE INDEX executions_by_trigger ON executions (tenant, trigger_execution_id, start_date, id)
  WHERE trigger_execution_id IS NOT NULL;

-- Those that have not ended, and those that ended otherwise than in SUCCESS. Their names differ from those above, so that
-- lists over both tables need no prefixes.
CREATE TABLE live_executions (
  of_tenant text COLLATE "C" NOT NULL,
  of_id text COLLATE "C" NOT NULL,
  of_namespace text COLLATE "C" NOT NULL,
  of_flow_id text COLLATE "C" NOT NULL,
  of_start bigint NOT NULL,
  of_state text COLLATE "C" NOT NULL,
  PRIMARY KEY (of_tenant, of_id)
) WITH (fillfactor = 60);

CREATE INDEX live_executions_by_start ON live_executions (of_start, of_tenant, of_id);
CREATE INDEX live_executions_by_flow ON live_executions (of_tenant, of_namespace, of_flow_id);

CREATE TABLE unhappy_executions (
  of_tenant text COLLATE "C" NOT NULL,
  of_id text COLLATE "C" NOT NULL,
  of_start bigint NOT NULL,
  PRIMARY KEY (of_tenant, of_id)
);

CREATE INDEX unhappy_executions_by_start ON unhappy_executions (of_tenant, of_start, of_id);

-- In the order of lists, so that a page by a label reads no more of its executions than it shows.
CREATE TABLE execution_labels (
  of_tenant text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  of_start bigint NOT NULL,
  of_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (of_tenant, key, value, of_start, of_id)
) PARTITION BY RANGE (of_id);

CREATE TABLE execution_labels_beyond PARTITION OF execution_labels FOR VALUES FROM ('01') TO (MAXVALUE);
CREATE TABLE execution_labels_default PARTITION OF execution_labels DEFAULT;

-- Commits add labels themselves, and remove those of executions that go; those that change go here, which costs nothing while
-- labels stay what they are.
CREATE FUNCTION remove_execution_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM execution_labels USING jsonb_array_elements(OLD.labels) AS old (label)
    WHERE of_tenant = OLD.tenant AND of_start = OLD.start_date AND of_id = OLD.id
      AND key = coalesce(label ->> 'indexedKey', label ->> 'key')
      AND value = coalesce(label ->> 'indexed', label ->> 'value');
  RETURN NULL;
END $$;

CREATE TRIGGER execution_labels_updated AFTER UPDATE ON executions FOR EACH ROW
  WHEN (OLD.labels IS NOT NULL AND OLD.labels IS DISTINCT FROM NEW.labels)
  EXECUTE FUNCTION remove_execution_labels();

-- The longest times, in milliseconds, by which an execution began after the time in its id, or before it: what begins within a day has
-- an id of that day, or of one that is no further away than this. Lists read no other partitions. An hour each while there is no row.
CREATE TABLE execution_drift (
  number smallint NOT NULL PRIMARY KEY,
  late bigint NOT NULL,
  early bigint NOT NULL
);

CREATE TABLE task_runs (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, execution_id, number)
) PARTITION BY RANGE (execution_id);

CREATE TABLE task_runs_beyond PARTITION OF task_runs FOR VALUES FROM ('01') TO (MAXVALUE) WITH (fillfactor = 60);
CREATE TABLE task_runs_default PARTITION OF task_runs DEFAULT WITH (fillfactor = 60);

-- One row per batch. `execution_id` is '' for lines that belong to no execution. Levels are 0 (TRACE) to 4 (ERROR).
-- `lines` is [[time, level, message], …]. The batches of an execution lie in the order in which a log is read.
-- The lines of a row are no more than a second apart (log-columns.ts), so that they also lie almost in the order of their last lines.
CREATE TABLE logs (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  first_time bigint NOT NULL,
  sequence bigint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  flow_id text COLLATE "C" NOT NULL,
  trigger_id text COLLATE "C",
  task_id text COLLATE "C",
  task_run_id text COLLATE "C",
  task_run_index bigint,
  attempt bigint,
  last_time bigint NOT NULL,
  max_level smallint NOT NULL,
  min_level smallint NOT NULL,
  line_count bigint NOT NULL,
  lines text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, execution_id, first_time, sequence)
) PARTITION BY RANGE (execution_id);

CREATE TABLE logs_beyond PARTITION OF logs FOR VALUES FROM ('01') TO (MAXVALUE);
CREATE TABLE logs_default PARTITION OF logs DEFAULT;
-- Lines that belong to no execution.
CREATE TABLE logs_of_none PARTITION OF logs FOR VALUES FROM (MINVALUE) TO ('0');

CREATE INDEX logs_by_time ON logs (tenant, last_time);
CREATE INDEX logs_by_trigger ON logs (tenant, namespace, flow_id, trigger_id, last_time) WHERE trigger_id IS NOT NULL;

-- One row for what a task run reported at once: `items` is [[name, type, value, time, tags], …].
CREATE TABLE metrics (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  flow_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  task_run_id text COLLATE "C" NOT NULL,
  first_time bigint NOT NULL,
  items json NOT NULL,
  PRIMARY KEY (tenant, execution_id, sequence)
) PARTITION BY RANGE (execution_id);

CREATE TABLE metrics_beyond PARTITION OF metrics FOR VALUES FROM ('01') TO (MAXVALUE);
CREATE TABLE metrics_default PARTITION OF metrics DEFAULT;

CREATE INDEX metrics_by_flow ON metrics (tenant, namespace, flow_id, first_time);

-- The latest revision of each flow, without its source; all revisions are in flow_revisions.
CREATE TABLE flows (
  tenant text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  deleted smallint NOT NULL,
  trigger_types text[],
  updated_at bigint NOT NULL,
  labels jsonb NOT NULL,
  body text NOT NULL,
  unapplied smallint NOT NULL,
  PRIMARY KEY (tenant, namespace, id)
);

CREATE INDEX flows_by_trigger_types ON flows USING gin (trigger_types) WHERE deleted = 0;
CREATE INDEX flows_unapplied ON flows (tenant, namespace, id) WHERE unapplied = 1;

CREATE TABLE flow_revisions (
  tenant text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  body text NOT NULL,
  source text NOT NULL,
  checked text,
  PRIMARY KEY (tenant, namespace, id, revision)
);

CREATE TABLE triggers (
  tenant text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  flow_id text COLLATE "C" NOT NULL,
  trigger_id text COLLATE "C" NOT NULL,
  next_date bigint,
  wake_at bigint,
  date bigint,
  execution_id text COLLATE "C",
  disabled smallint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, namespace, flow_id, trigger_id)
) WITH (fillfactor = 60);

CREATE INDEX triggers_to_wake ON triggers (wake_at, tenant, namespace, flow_id, trigger_id) WHERE wake_at IS NOT NULL;

CREATE TABLE key_values (
  tenant text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  expires_at bigint,
  updated_at bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, namespace, key)
);

CREATE TABLE timers (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (tenant, execution_id, key)
);

CREATE TABLE messages (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, execution_id, id)
);

CREATE TABLE documents (
  tenant text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  updated_at bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, kind, id)
);

-- What requests with the header Idempotency-Key created.
CREATE TABLE idempotency_keys (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at, tenant, id);

-- A row is here while only a part is here of what `capstan migrate-store` moves in: no store starts on it.
CREATE TABLE unfinished_transfers (
  source text NOT NULL PRIMARY KEY
);

-- Who writes: one row for each writer there may be at a time. Whoever opens it takes the next epoch; a commit that carries
-- an older one is refused. `commits` numbers the transactions, so that a writer whose connection broke learns whether its last
-- one was committed. `sequence` is the last number given to a log line, a metric or a message. `holder` is the member that
-- writes; null once it has left by itself.
CREATE TABLE writers (
  lane smallint NOT NULL PRIMARY KEY,
  epoch bigint NOT NULL,
  commits bigint NOT NULL,
  sequence bigint NOT NULL,
  holder text
) WITH (fillfactor = 10);

INSERT INTO writers VALUES (0, 0, 0, 0, NULL);

-- Processes that share this database, and when each was last heard of. A process shows the others that it is one of them by a token, of
-- which only the fingerprint is here.
CREATE TABLE members (
  id text NOT NULL PRIMARY KEY,
  address text,
  name text NOT NULL,
  version text NOT NULL,
  state text NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  roles text[] NOT NULL,
  fingerprint text
) WITH (fillfactor = 50);

CREATE FUNCTION begin_commit(of_lane bigint, of_epoch bigint, number bigint, last_sequence bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE writers SET commits = number, sequence = last_sequence WHERE lane = of_lane AND epoch = of_epoch;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another process writes to this database now' USING ERRCODE = 'CAP01';
  END IF;
END $$;
