import { type ExecutionFiles, defineTask, readLines, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { chunk, sendOperations } from "./bulk-requests.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";

const ACTIONS: ReadonlySet<string> = new Set(["index", "create", "update", "delete"]);

/** `io.kestra.plugin.<engine>.Bulk`: a file of operations as the server's own bulk requests have them. */
export function bulkTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Bulk`;
  return defineTask({
    type,
    title: `Send a file of bulk operations to ${engine.title}`,
    description:
      "The file has the lines of bulk requests: one that says what is done, and one with the document, if it needs one. When an operation is refused the task fails; what was done before it stays.",
    properties: () =>
      z.object({
        ...commonProperties(engine),
        from: text().describe(
          'Address of a file of lines such as `{"index": {"_index": "orders", "_id": "1"}}`, each with its document behind it.',
        ),
        chunk: chunk(),
      }),
    outputs: () => z.object({ size: z.int().describe("How many operations the file has.") }),
    examples: [
      {
        title: "Send a file that another system wrote",
        code: `id: bulk\ntype: ${type}\n${EXAMPLE_CONNECTION}from: "{{ inputs.operations }}"\n`,
      },
    ],
    async run({ properties, signal, files, log, metric }) {
      const { connection, routing, from, chunk: size } = properties;
      const done = await sendOperations(placeOf(connection), signal, operationsOf(from, files), { size, routing });
      metric({ name: "requests.count", type: "counter", value: done.requests });
      metric({ name: "records", type: "counter", value: done.size });
      log.info(`Operations sent: ${done.size}`);
      return { size: done.size };
    },
  });
}

/** Each operation with its document, with the ends of their lines. */
async function* operationsOf(from: string, files: Pick<ExecutionFiles, "read">): AsyncGenerator<string> {
  let action: string | undefined;
  let number = 0;
  for await (const written of readLines(await files.read(from))) {
    number += 1;
    const line = written.trim();
    if (line === "") continue;
    if (action !== undefined) {
      yield `${action}\n${line}\n`;
      action = undefined;
    } else if (actionOf(line, number) === "delete") {
      yield `${line}\n`;
    } else {
      action = line;
    }
  }
  if (action !== undefined) throw new TaskFailure("The file ends with an operation whose document is missing.");
}

function actionOf(line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined; // It is told below, as other lines that are no operation.
  }
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (names.length !== 1 || !ACTIONS.has(names[0]!))
    throw new TaskFailure(
      `Line ${number} is no operation, which is index, create, update or delete, such as {"index": {"_index": "orders"}}. A file of rows is for Load.`,
    );
  return names[0]!;
}
