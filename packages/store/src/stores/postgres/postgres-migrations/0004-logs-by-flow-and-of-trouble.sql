-- Lists of the lines of a flow, and of warnings and errors, walk over the batches that have some alone.
CREATE INDEX logs_by_flow ON logs (tenant, flow_id, last_time);
CREATE INDEX logs_of_trouble ON logs (tenant, last_time) WHERE max_level >= 3;
