import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { ask } from "./client.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";

interface Found {
  readonly found?: boolean;
  readonly _source?: Readonly<Record<string, unknown>>;
}

/** `io.kestra.plugin.<engine>.Get`: one document. */
export function getTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Get`;
  return defineTask({
    type,
    title: `Read one document of ${engine.title}`,
    properties: () =>
      z.object({
        ...commonProperties(engine),
        index: text().describe("The index that has the document."),
        key: text().describe("The id of the document."),
        docVersion: dynamic(z.int().min(1))
          .optional()
          .describe("The version that the document must have; any other one fails the task."),
        errorOnMissing: dynamic(z.boolean())
          .default(false)
          .describe(
            "Whether the task fails when there is no such document; otherwise there is no `row`. Default: false.",
          ),
      }),
    outputs: () =>
      z.object({ row: z.record(z.string(), z.unknown()).optional().describe("The document, if there is one.") }),
    examples: [
      {
        title: "Read an order",
        code: `id: order\ntype: ${type}\n${EXAMPLE_CONNECTION}index: orders\nkey: "{{ inputs.id }}"\n`,
      },
    ],
    async run({ properties, signal, log }) {
      const { connection, routing, index, key, docVersion, errorOnMissing } = properties;
      const { value } = await ask(placeOf(connection), signal, {
        what: `Reading the document ${key} of ${index}`,
        path: `/${pathPart("index", index)}/_doc/${pathPart("key", key)}`,
        params: {
          ...(routing !== undefined && { routing }),
          ...(docVersion !== undefined && { version: String(docVersion) }),
        },
        // So does an index that is missing, but that answer has no `found`.
        isAnswer: (status) => status < 400 || status === 404,
      });
      const { found, _source: row } = value as Found;
      if (found === undefined) throw new TaskFailure(`There is no index ${index}. Check \`index\`.`);
      if (!found && errorOnMissing)
        throw new TaskFailure(`${index} has no document ${key}, and \`errorOnMissing\` asks for one.`);
      log.info(found ? `The document ${key} was read.` : `${index} has no document ${key}.`);
      return found ? { row: row ?? {} } : {};
    },
  });
}
