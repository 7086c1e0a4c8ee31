import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { ALLOWED } from "./local.ts";
import { prepareRelocation, relocation } from "./relocate.ts";

const TYPE = "io.kestra.plugin.fs.local.Copy";

/** Copies a file of this machine. */
export const copy = defineTask({
  type: TYPE,
  title: "Copy a local file",
  description: `Nobody sees a part of the copy: it has another name, hidden, until it is complete. ${ALLOWED}`,
  properties: () => z.object(relocation()),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Keep a copy",
      code: `id: keep\ntype: ${TYPE}\nfrom: /data/orders.csv\nto: /data/archive/\n`,
    },
  ],
  async run(context) {
    const ready = await prepareRelocation(context);
    if (ready === undefined) return;
    const { files, from, to } = ready;
    const sizeBytes = await files.copy(from, to, context.properties.overwrite);
    context.metric({ name: "file.size", type: "counter", value: sizeBytes });
    context.log.info(`Copied ${sizeBytes} bytes from ${from} to ${to}`);
  },
});
