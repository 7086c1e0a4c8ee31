import { anyValue, defineTask, dynamic, TaskFailure, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { ask } from "./client.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";

const METHODS = ["CONNECT", "CUSTOM", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"] as const;
const UNSENT: ReadonlySet<string> = new Set(["CONNECT", "CUSTOM", "TRACE"]);
const isMany = (endpoint: string) => /\/_(?:bulk|msearch)\b/u.test(endpoint);

/** `io.kestra.plugin.<engine>.Request`: anything that the server's API has. */
export function requestTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Request`;
  return defineTask({
    type,
    title: `Send a request to ${engine.title}`,
    description: "For all of the server's API that has no task of its own. A status from 400 on fails the task.",
    properties: () =>
      z.object({
        ...commonProperties(engine),
        method: dynamic(z.enum(METHODS))
          .default("GET")
          .describe("The method of the request; CONNECT, CUSTOM and TRACE can't be sent. Default: GET."),
        endpoint: text().describe(
          "The path below the address of the server, such as `/orders/_count`; it may have parameters.",
        ),
        parameters: textMap().optional().describe("Parameters of the address, beside those of `endpoint`."),
        body: anyValue().optional().describe("What is sent: a map, or a text that is JSON."),
      }),
    outputs: () =>
      z.object({
        status: z.int().describe("The status of the answer."),
        response: z.unknown().describe("What the server answers: the value of its JSON, or its text."),
      }),
    examples: [
      {
        title: "Count documents",
        code: `id: count\ntype: ${type}\n${EXAMPLE_CONNECTION}method: POST\nendpoint: /orders/_count\nbody:\n  query: { term: { state: NEW } }\n`,
      },
      {
        title: "Make an index",
        code: `id: create\ntype: ${type}\n${EXAMPLE_CONNECTION}method: PUT\nendpoint: /orders\nbody:\n  mappings:\n    properties:\n      id: { type: keyword }\n      total: { type: double }\n`,
      },
    ],
    async run({ properties, signal, log }) {
      const { connection, routing, method, endpoint, parameters, body } = properties;
      if (UNSENT.has(method))
        throw new TaskFailure(
          `\`method: ${method}\` can't be sent. Use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.`,
        );
      const path = endpoint.startsWith("/") ? endpoint : `/${endpoint}`;
      const { status, value } = await ask(placeOf(connection), signal, {
        what: `${method} ${path.replace(/\?.*$/su, "")}`,
        method,
        path,
        params: { ...parameters, ...(routing !== undefined && { routing }) },
        ...(body !== undefined && body !== null && { body }),
        ...(isMany(path) && { contentType: "application/x-ndjson" }),
      });
      log.info(`Status ${status}`);
      return { status, response: value };
    },
  });
}
