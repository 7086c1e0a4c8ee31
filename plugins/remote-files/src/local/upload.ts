import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { sendFile } from "../operations/send-file.ts";
import { fileAddress, overwrite } from "../operations/upload.ts";
import { addressOf, nameOf } from "../remote-path.ts";
import { localPlace } from "./local-files.ts";
import { localTarget } from "./local-path.ts";
import { ALLOWED, local } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Upload";

/** A file of the execution becomes one of this machine. */
export const upload = defineTask({
  type: TYPE,
  title: "Write a local file",
  description: `The file has another name, hidden, until it is complete: nobody ever sees a part of it in its place. ${ALLOWED}`,
  properties: () =>
    z.object({
      from: text().describe("The stored file, such as `{{ outputs.dump.uri }}`."),
      to: text().describe(
        "Its path on the machine; with a slash at the end, the folder for it. Folders on the way are made.",
      ),
      overwrite: overwrite(),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("Its `file://` address."),
      size: z.int().describe("Bytes."),
    }),
  examples: [
    {
      title: "Hand over a report",
      code: `id: hand-over\ntype: ${TYPE}\nfrom: "{{ outputs.report.uri }}"\nto: "/data/out/{{ execution.startDate | date('yyyy-MM-dd') }}.csv"\n`,
    },
  ],
  async run(context) {
    const { properties, log, localFiles, signal } = context;
    const uri = fileAddress(properties.from);
    const to = localTarget("to", properties.to, nameOf(uri));
    const files = localPlace(localFiles, signal);
    const size = await sendFile(context, local, files, { uri, to, overwrite: properties.overwrite });
    log.info(`Wrote ${size} bytes to ${to}`);
    return { uri: addressOf(files.address, to), size };
  },
});
