import { defineTask, dynamic, isFileAddress, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, nameOf, targetPath } from "../remote-path.ts";
import { sendFile } from "./send-file.ts";

export const overwrite = () =>
  dynamic(z.boolean())
    .default(true)
    .describe("Whether a file that is there is replaced; else the task fails. Default: true.");

/** A file becomes one of another machine. */
export function upload(protocol: Protocol) {
  const type = `${protocol.prefix}.Upload`;
  return defineTask({
    type,
    title: `Upload a file by ${protocol.name}`,
    description:
      "The file has another name, hidden, until it is complete: nobody ever sees a part of it in its place. Folders on the way are made.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: text().describe("The file, such as `{{ outputs.dump.uri }}`."),
        to: text()
          .optional()
          .describe(
            "Its path at the server; with a slash at the end, the folder for it. Default: the last part of the file's address.",
          ),
        overwrite: overwrite(),
      }),
    outputs: () =>
      z.object({
        from: z.string().describe("The file that was uploaded."),
        to: z.string().describe("Its address at the server, without credentials."),
      }),
    examples: [
      {
        title: "Hand over a report",
        code:
          `id: hand-over\ntype: ${type}\n${protocol.exampleLines}` +
          'from: "{{ outputs.report.uri }}"\nto: "/inbox/{{ execution.startDate | date(\'yyyy-MM-dd\') }}.csv"\n',
      },
    ],
    run: (context) => run(context, protocol),
  });
}

type Properties = Readonly<Record<string, unknown>> & {
  readonly from: string;
  readonly to?: string | undefined;
  readonly overwrite: boolean;
};

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties, log } = context;
  const uri = fileAddress(properties.from);
  using session = await protocol.open(properties, context);
  const { files } = session;
  const to = targetPath(properties.to ?? "/", nameOf(uri), files.address);
  const sizeBytes = await sendFile(context, protocol, files, { uri, to, overwrite: properties.overwrite });
  const address = addressOf(files.address, to);
  log.info(`Uploaded ${sizeBytes} bytes to ${address}`);
  return { from: uri, to: address };
}

/** Throws `TaskFailure` for what is no address of a file. */
export function fileAddress(written: unknown): string {
  if (typeof written === "string" && isFileAddress(written)) return written.trim();
  const shown = (typeof written === "string" ? written : (JSON.stringify(written) ?? "nothing")).slice(0, 80);
  throw new TaskFailure(
    `\`from\` names "${shown}", which is no address of a file. Give a kestra:///… address such as {{ outputs.dump.uri }}.`,
  );
}
