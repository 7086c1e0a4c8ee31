import { cloudJobTask } from "./cloud-job.ts";

/** Moves what is new of a connection in the cloud of Airbyte. */
export const cloudSync = cloudJobTask(
  "sync",
  "io.kestra.plugin.airbyte.cloud.jobs.Sync",
  "Sync a connection of Airbyte Cloud",
);
