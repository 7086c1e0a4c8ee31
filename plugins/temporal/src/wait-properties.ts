import { dynamic, duration } from "@capstan/sdk";
import { z } from "zod";

/** How long the end of a workflow is waited for. */
export const waitTimeoutProperty = () =>
  duration()
    .optional()
    .describe(
      "Longest wait. The task fails when it is over, and the workflow goes on. Default: as long as the task may take (`timeout`).",
    );

/** What a kill does to a workflow that is waited for. */
export const cancelOnKillProperty = (byDefault: boolean) =>
  dynamic(z.boolean())
    .default(byDefault)
    .describe(
      `Whether the workflow is asked to cancel itself when the task is killed or runs out of time (\`timeout\`). Default: ${byDefault}.`,
    );
