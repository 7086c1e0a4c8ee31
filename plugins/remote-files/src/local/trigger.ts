import { defineTrigger, duration, text } from "@capstan/sdk";
import { z } from "zod";
import { action, moveDirectory } from "../operations/leave-behind.ts";
import { maxFiles, recursive, regExp } from "../operations/selection.ts";
import type { RemoteEntry } from "../remote-files.ts";
import { pollFiles } from "../trigger/poll-files.ts";
import type { Change } from "../trigger/store-changes.ts";
import { changeKinds, stateKey, stateTtl } from "../trigger/trigger.ts";
import { actionPlace } from "./action-place.ts";
import { localFile, localFileOf } from "./local-file.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Trigger";

/** Starts executions for files that come into a folder of this machine. */
export const trigger = defineTrigger({
  type: TYPE,
  title: "Start the flow when local files arrive",
  description:
    "Files are stored as ones of the execution, the oldest first, each once, whatever fails. In their folder they are moved or deleted at the " +
    `question after it. A file that is still written, or was within \`quietPeriod\`, waits for a later question. ${ALLOWED}`,
  properties: () =>
    z.object({
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
      from: text().describe(`The folder: ${PATH_FORMS}.`),
      action: action().default("NONE"),
      moveDirectory: moveDirectory(),
      regExp: regExp(),
      recursive: recursive(),
      on: changeKinds(),
      maxFiles: maxFiles("How many files one execution is started for, at most; the others are of the next."),
      quietPeriod: duration()
        .default(2_000)
        .describe(
          "How long a file must not have been written until it is taken. Longer than a writer may pause, unless it writes under another name " +
            "and renames the file. Default: PT2S.",
        ),
      stateKey: stateKey(),
      stateTtl: stateTtl(),
    }),
  outputs: () =>
    z.object({
      files: z
        .array(localFile().extend({ changeType: z.enum(["CREATE", "UPDATE"]).describe("What happened to it.") }))
        .describe("The files; `uri` is where each is stored."),
      count: z.int().describe("How many files there are."),
    }),
  examples: [
    {
      title: "Start for each batch of files that arrives, and move them away",
      code: `id: arrived\ntype: ${TYPE}\ninterval: PT10S\nfrom: /data/in\nregExp: ".*\\\\.csv"\naction: MOVE\nmoveDirectory: /data/done\n`,
    },
  ],
  async poll(context) {
    const { properties, localFiles, signal } = context;
    const from = localPath("from", properties.from);
    const leaving = await actionPlace(localFiles, properties, from);
    const asked = { ...properties, ...leaving, from, quietMs: properties.quietPeriod };
    const answer = await pollFiles(context, localPlace(localFiles, signal), asked, toldOf);
    if (answer?.variables === undefined) return answer;
    const { files } = answer.variables as { readonly files: readonly unknown[] };
    return { ...answer, variables: { files, count: files.length } };
  },
});

function toldOf(entry: RemoteEntry, uri: string, changeType: Change["changeType"]) {
  return { ...localFileOf(entry, uri), changeType };
}
