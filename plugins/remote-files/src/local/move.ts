import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { ALLOWED } from "./local.ts";
import { prepareRelocation, relocation } from "./relocate.ts";

const TYPE = "io.kestra.plugin.fs.local.Move";

/** Gives a file or a folder of this machine another path. */
export const move = defineTask({
  type: TYPE,
  title: "Move a local file or folder",
  description: `A folder is moved with all that is in it; to another file system, only files are moved. ${ALLOWED}`,
  properties: () => z.object(relocation()),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Put a file away",
      code: `id: archive\ntype: ${TYPE}\nfrom: /data/in/orders.csv\nto: /data/archive/\n`,
    },
  ],
  async run(context) {
    const ready = await prepareRelocation(context);
    if (ready === undefined) return;
    const { files, from, to } = ready;
    await files.rename(from, to, context.properties.overwrite);
    context.log.info(`Moved ${from} to ${to}`);
  },
});
