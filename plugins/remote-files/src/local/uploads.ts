import { anyValue, defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { maxFiles, regExp } from "../operations/selection.ts";
import { sendFile } from "../operations/send-file.ts";
import { overwrite } from "../operations/upload.ts";
import { uploadTargets } from "../operations/uploads.ts";
import { addressOf } from "../remote-path.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED, local } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Uploads";

/** Files of the execution become ones of this machine. */
export const uploads = defineTask({
  type: TYPE,
  title: "Write many local files",
  description: `One after the other, each as \`Upload\` does it. When one fails, those before it stay. ${ALLOWED}`,
  properties: () =>
    z.object({
      from: anyValue().describe(
        "The files: a list of addresses, a map of names and addresses such as `{{ outputs.report.outputFiles }}`, one address, or JSON text of these.",
      ),
      to: text().describe(
        `The folder: ${PATH_FORMS}. Each file has the name of the map there, or that of its address.`,
      ),
      regExp: regExp().describe(
        "A regular expression in Java's notation that matches the whole name of each file to write.",
      ),
      maxFiles: maxFiles("How many files it may be. Of more, none is written, and the task fails."),
      overwrite: overwrite(),
    }),
  outputs: () => z.object({ files: z.array(z.string()).describe("Their `file://` addresses.") }),
  examples: [
    {
      title: "Hand over all files of a script",
      code: `id: hand-over\ntype: ${TYPE}\nfrom: "{{ outputs.report.outputFiles }}"\nto: /data/out\n`,
    },
  ],
  async run(context) {
    const { properties, log, localFiles, signal } = context;
    const files = localPlace(localFiles, signal);
    const to = localPath("to", properties.to);
    const written: string[] = [];
    let bytes = 0;
    for (const target of await uploadTargets(context, { ...properties, to }, files.address)) {
      bytes += await sendFile(context, local, files, { ...target, overwrite: properties.overwrite });
      written.push(addressOf(files.address, target.to));
    }
    log.info(`Wrote ${written.length} files of ${bytes} bytes to ${to}`);
    return { files: written };
  },
});
