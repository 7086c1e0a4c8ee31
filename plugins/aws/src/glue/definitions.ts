import { getJobRunTask } from "./get-job-run.ts";
import { startJobRun } from "./start-job-run.ts";
import { stopJobRunTask } from "./stop-job-run.ts";

/** Everything of Glue. */
export const glueDefinitions = [startJobRun, getJobRunTask, stopJobRunTask];
