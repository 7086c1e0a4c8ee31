import { anyValue, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, mapOf, type Question } from "./client.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";
import { opType, type Operation, updateOf } from "./operations.ts";

const REFRESH = { IMMEDIATE: "true", WAIT_UNTIL: "wait_for", NONE: "false" } as const;
const RESULTS: Readonly<Record<string, string>> = {
  created: "Created",
  updated: "Updated",
  deleted: "Deleted",
  not_found: "NotFound",
  noop: "NoOp",
};

const putProperties = (engine: Engine) => ({
  ...commonProperties(engine),
  index: text().describe("The index of the document."),
  opType: opType(),
  key: text()
    .optional()
    .describe("The id of the document. Without one, the server makes an id for a document that it writes."),
  value: anyValue().optional().describe("The document: a map, or its text. DELETE needs none."),
  refreshPolicy: dynamic(z.enum(["IMMEDIATE", "WAIT_UNTIL", "NONE"]))
    .default("NONE")
    .describe(
      "When searches find it: at once (IMMEDIATE), when the task ends (WAIT_UNTIL), or when the server comes to it (NONE). Default: NONE.",
    ),
  contentType: dynamic(z.enum(["CBOR", "JSON", "SMILE", "YAML"]))
    .default("JSON")
    .describe("What a `value` that is a text is written in: JSON, or YAML for INDEX and CREATE. Default: JSON."),
});
type PutProperties = z.output<z.ZodObject<ReturnType<typeof putProperties>>>;

interface Written {
  readonly _id: string;
  readonly result: string;
  readonly _version: number;
}

/** `io.kestra.plugin.<engine>.Put`: writes, changes or removes one document. */
export function putTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Put`;
  return defineTask({
    type,
    title: `Write one document to ${engine.title}`,
    properties: () => z.object(putProperties(engine)),
    outputs: () =>
      z.object({
        id: z.string().describe("The id of the document."),
        result: z.string().describe("What was done: Created, Updated, Deleted, NotFound or NoOp."),
        version: z.int().describe("The version that the document has."),
      }),
    examples: [
      {
        title: "Write an order",
        code: `id: put\ntype: ${type}\n${EXAMPLE_CONNECTION}index: orders\nkey: "{{ inputs.id }}"\nvalue:\n  state: NEW\n  total: 12.5\n`,
      },
      {
        title: "Change its state",
        code: `id: change\ntype: ${type}\n${EXAMPLE_CONNECTION}index: orders\nkey: "{{ inputs.id }}"\nopType: UPDATE\nvalue: { state: PAID }\nrefreshPolicy: WAIT_UNTIL\n`,
      },
    ],
    async run({ properties, signal, log }) {
      const { value } = await ask(placeOf(properties.connection), signal, questionOf(properties));
      const { _id: id, result, _version: version } = value as Partial<Written>;
      if (id === undefined || result === undefined || version === undefined)
        throw new TaskFailure(`There is no index ${properties.index}. Check \`index\`.`);
      log.info(`The document ${id} of ${properties.index}: ${result}`);
      return { id, result: RESULTS[result] ?? result, version };
    },
  });
}

function questionOf(properties: PutProperties): Question {
  const { index, key, opType: operation = "INDEX", routing, refreshPolicy } = properties;
  const path = (endpoint: string) =>
    `/${pathPart("index", index)}/${endpoint}${key === undefined ? "" : `/${pathPart("key", key)}`}`;
  const common = {
    what: `${operation} of a document of ${index}`,
    params: { refresh: REFRESH[refreshPolicy], ...(routing !== undefined && { routing }) },
  };
  if (key === undefined && (operation === "UPDATE" || operation === "DELETE"))
    throw new TaskFailure(`${operation} needs \`key\`: the id of the document.`);
  switch (operation) {
    case "INDEX":
      return { ...common, ...documentOf(properties), path: path("_doc"), method: key === undefined ? "POST" : "PUT" };
    case "CREATE": {
      const params = key === undefined ? { ...common.params, op_type: "create" } : common.params;
      const endpoint = key === undefined ? "_doc" : "_create";
      return { ...common, ...documentOf(properties), params, path: path(endpoint), method: "POST" };
    }
    case "UPDATE":
      return { ...common, path: path("_update"), body: updateOf(jsonOf(properties, operation)) };
    case "DELETE":
      // A document that isn't there is none of the things that go wrong.
      return { ...common, path: path("_doc"), method: "DELETE", isAnswer: (status) => status < 400 || status === 404 };
    default:
      return operation satisfies never;
  }
}

function documentOf(properties: PutProperties): Pick<Question, "body" | "contentType"> {
  const { value, contentType } = properties;
  if (typeof value !== "string" || contentType !== "YAML") return { body: jsonOf(properties, "INDEX") };
  return { body: value, contentType: "application/yaml" };
}

function jsonOf({ value, contentType }: PutProperties, operation: Operation): unknown {
  if (value === undefined) throw new TaskFailure(`${operation} needs \`value\`: the document.`);
  if (typeof value === "string" && contentType !== "JSON")
    throw new TaskFailure(
      `A \`value\` in ${contentType} can't be sent with ${operation}: give a map, or a text in JSON with \`contentType: JSON\`.`,
    );
  return mapOf("value", value);
}
