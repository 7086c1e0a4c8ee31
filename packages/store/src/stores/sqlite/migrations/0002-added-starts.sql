-- Starts that are added to an execution which has not begun: one row each, so that a start costs the same however many there are.
-- When it begins they are in its row, and these go in the same commit. The first start is the execution itself, so that these have
-- numbers from 1.
CREATE TABLE added_starts (
  tenant TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, execution_id, number)
) STRICT, WITHOUT ROWID;
