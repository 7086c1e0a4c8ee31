import { defineTask, dynamic, givenValues, recordLine, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { chunk, sendOperations } from "./bulk-requests.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";
import { opType, type Operation, updateOf } from "./operations.ts";

/** `io.kestra.plugin.<engine>.Load`: each row of a file is a document. */
export function loadTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Load`;
  return defineTask({
    type,
    title: `Load a file of rows into ${engine.title}`,
    description:
      "Each row becomes a document. When one is refused the task fails; what was done before it stays. With `idKey` the task may run again, since each row has its document.",
    properties: () =>
      z.object({
        ...commonProperties(engine),
        from: text().describe("Address of a file with one document a line, as JSON or Ion."),
        chunk: chunk(),
        index: text().describe("The index that the documents go into."),
        opType: opType(),
        idKey: text()
          .optional()
          .describe("The key of a row whose value is the id of its document. UPDATE and DELETE need it."),
        removeIdKey: dynamic(z.boolean())
          .default(true)
          .describe("Whether this key is left out of the document. Default: true."),
      }),
    outputs: () => z.object({ size: z.int().describe("How many rows the file has.") }),
    examples: [
      {
        title: "Load the rows of a query",
        code: `id: load\ntype: ${type}\n${EXAMPLE_CONNECTION}from: "{{ outputs.query.uri }}"\nindex: orders\nidKey: order_id\n`,
      },
    ],
    async run({ properties, signal, files, log, metric }) {
      const { connection, routing, from, chunk: size, index, opType: operation = "INDEX", idKey } = properties;
      if (idKey === undefined && (operation === "UPDATE" || operation === "DELETE"))
        throw new TaskFailure(`${operation} needs \`idKey\`: the key of a row that has the id of its document.`);
      const { removeIdKey } = properties;
      async function* operations() {
        let number = 0;
        for await (const row of givenValues(from, files)) {
          number += 1;
          yield operationOf(row, number, { index, operation, idKey, removeIdKey });
        }
      }
      const done = await sendOperations(placeOf(connection), signal, operations(), { size, routing });
      metric({ name: "requests.count", type: "counter", value: done.requests });
      metric({ name: "records", type: "counter", value: done.size });
      log.info(`Rows sent: ${done.size}`);
      return { size: done.size };
    },
  });
}

interface Wanted {
  readonly index: string;
  readonly operation: Operation;
  readonly idKey: string | undefined;
  readonly removeIdKey: boolean;
}

function operationOf(row: unknown, number: number, { index, operation, idKey, removeIdKey }: Wanted): string {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new TaskFailure(`Row ${number} is no map, and a document is one.`);
  const { id, document } = idKey === undefined ? { document: row } : withoutId(row, number, idKey, removeIdKey);
  const action = recordLine({ [operation.toLowerCase()]: { _index: index, ...(id !== undefined && { _id: id }) } });
  if (operation === "DELETE") return action;
  return action + recordLine(operation === "UPDATE" ? updateOf(document) : document);
}

function withoutId(row: object, number: number, idKey: string, removeIdKey: boolean) {
  const { [idKey]: id, ...rest } = row as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number")
    throw new TaskFailure(`Row ${number} has no text and no number at \`${idKey}\`, which \`idKey\` asks for.`);
  return { id: String(id), document: removeIdKey ? rest : row };
}
