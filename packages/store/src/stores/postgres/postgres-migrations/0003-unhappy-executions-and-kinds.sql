-- Lists of executions that ended otherwise than in SUCCESS, by state, by flow, or by both, walk over those that pass alone.
ALTER TABLE unhappy_executions
  ADD COLUMN of_state text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN of_namespace text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN of_flow_id text COLLATE "C" NOT NULL DEFAULT '';
UPDATE unhappy_executions SET of_state = state, of_namespace = namespace, of_flow_id = flow_id
  FROM executions WHERE executions.tenant = of_tenant AND executions.id = of_id;
ALTER TABLE unhappy_executions
  ALTER COLUMN of_state DROP DEFAULT,
  ALTER COLUMN of_namespace DROP DEFAULT,
  ALTER COLUMN of_flow_id DROP DEFAULT;
CREATE INDEX unhappy_executions_by_state ON unhappy_executions (of_tenant, of_state, of_start, of_id);
CREATE INDEX unhappy_executions_by_flow ON unhappy_executions (of_tenant, of_namespace, of_flow_id, of_start, of_id);

-- Nearly all executions are of the usual kind, which is 0 and has no entry.
CREATE INDEX executions_of_other_kinds ON executions (tenant, start_date, id) WHERE kind <> 0;
