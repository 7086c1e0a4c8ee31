import { cloudJobTask } from "./cloud-job.ts";

/** Clears what a connection in the cloud of Airbyte has moved. */
export const cloudReset = cloudJobTask(
  "reset",
  "io.kestra.plugin.airbyte.cloud.jobs.Reset",
  "Reset a connection of Airbyte Cloud",
);
