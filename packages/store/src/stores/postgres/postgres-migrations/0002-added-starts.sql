-- Starts that are added to an execution which has not begun: see the same table of SQLite. It holds no more than what waits.
CREATE TABLE added_starts (
  tenant text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant, execution_id, number)
);
