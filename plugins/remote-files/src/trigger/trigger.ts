import { defineTrigger, duration, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { listed, listedFile } from "../operations/file-outputs.ts";
import { action, moveDirectory } from "../operations/leave-behind.ts";
import { maxFiles, recursive, regExp, sort } from "../operations/selection.ts";
import type { Protocol } from "../protocol.ts";
import type { RemoteEntry } from "../remote-files.ts";
import { pollFiles } from "./poll-files.ts";
import type { Change } from "./store-changes.ts";

export const changeKinds = () =>
  dynamic(z.enum(["CREATE", "UPDATE", "CREATE_OR_UPDATE"]))
    .default("CREATE_OR_UPDATE")
    .describe("Whether the flow starts for new files, for ones that have changed in size or time, or for both.");
export const stateKey = () =>
  text()
    .optional()
    .describe("Name of what the trigger knows of files: with another one, it knows none. Default: its flow and id.");
export const stateTtl = () =>
  duration()
    .optional()
    .describe(
      "How long a file that is gone is still known, so that it is not new when it comes back. Default: not at all.",
    );

/** Starts executions for files of another machine. */
export function trigger(protocol: Protocol) {
  const type = `${protocol.prefix}.Trigger`;
  return defineTrigger({
    type,
    title: `Start the flow when files arrive at a server of ${protocol.name}`,
    description:
      "Files are stored as ones of the execution, the oldest first. At the server they are moved or deleted at the question after it, because " +
      "nothing is lost then, whatever fails. A file that changes while it is read waits for the next question; who writes slowly should " +
      "write under another name, which `regExp` does not match, and rename it.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
        from: text().describe("The folder at the server."),
        action: action(),
        moveDirectory: moveDirectory(),
        regExp: regExp(),
        recursive: recursive(),
        on: changeKinds(),
        maxFiles: maxFiles("How many files one execution is started for, at most; the others are of the next."),
        sort: sort(),
        stateKey: stateKey(),
        stateTtl: stateTtl(),
      }),
    outputs: () =>
      z.object({
        files: z
          .array(
            listedFile().extend({
              changeType: z.enum(["CREATE", "UPDATE"]).describe("What happened to it."),
              file: listedFile().describe("The same facts once more, for flows that look for them here."),
            }),
          )
          .describe("The files; `path` is where each is stored."),
      }),
    examples: [
      {
        title: "Start for each batch of files that arrives, and move them away",
        code:
          `id: arrived\ntype: ${type}\n${protocol.exampleLines}interval: PT1M\nfrom: /inbox/\nregExp: ".*\\\\.csv"\n` +
          "action: MOVE\nmoveDirectory: /archive/\n",
      },
    ],
    async poll(context) {
      using session = await protocol.open(context.properties, context);
      return await pollFiles(context, session.files, context.properties, toldOf);
    },
  });
}

function toldOf(entry: RemoteEntry, uri: string, changeType: Change["changeType"]) {
  const file = listed(entry, uri);
  return { ...file, file, changeType };
}
