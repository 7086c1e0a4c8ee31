import { defineTask } from "@capstan/sdk";
import { z } from "zod";

/** Deletes every file that the execution has stored so far. */
export const purgeCurrentExecutionFiles = defineTask({
  type: "io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles",
  aliases: ["io.kestra.core.tasks.storages.PurgeExecution", "io.kestra.plugin.core.storage.PurgeExecution"],
  title: "Delete the files of this execution",
  properties: () => z.object({}),
  outputs: () => z.object({ uris: z.array(z.string()).describe("What was deleted.") }),
  examples: [
    {
      title: "Leave no files behind",
      code: "id: tidy\ntype: io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles\n",
    },
  ],
  run: async ({ files }) => ({ uris: await files.purgeExecution() }),
});
