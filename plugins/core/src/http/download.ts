import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import type { HttpResponse } from "@capstan/sdk/http";
import { basename } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { scratchFolder } from "../storage/scratch-folder.ts";
import { exchangeFor, refuseFailed } from "./exchange.ts";
import { requestProperties } from "./request-properties.ts";
import { responseHead } from "./request.ts";

/** Stores the body of a response as a file. */
export const download = defineTask({
  type: "io.kestra.plugin.core.http.Download",
  aliases: ["io.kestra.plugin.fs.http.Download"],
  title: "Download a file",
  properties: () =>
    z.object({
      ...requestProperties(),
      failOnEmptyResponse: dynamic(z.boolean()).default(true).describe("Whether an empty file fails the task."),
      saveAs: text()
        .optional()
        .describe("Name of the file. Default: the one that the server gives, or that of the address."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The stored file."),
      code: z.int().describe("Status."),
      length: z.int().describe("Bytes stored."),
      headers: z.record(z.string(), z.array(z.string())).describe("Headers: name to list of values."),
    }),
  examples: [
    {
      title: "Download a table",
      code: "id: table\ntype: io.kestra.plugin.core.http.Download\nuri: https://example.com/data/orders.csv\n",
    },
  ],
  async run(context) {
    const { files, metric, properties } = context;
    await using scratch = scratchFolder(context.workingDirectory);
    const exchange = await exchangeFor(context, scratch);
    await refuseFailed(exchange);
    const { response } = exchange;
    let length = 0;
    const counted = new Transform({
      transform(piece: Buffer, _encoding, done) {
        length += piece.length;
        done(null, piece);
      },
    });
    const [uri] = await Promise.all([
      files.put(fileName(response, properties.saveAs), counted),
      pipeline(response.body, counted),
    ]).catch((error: unknown) => {
      if (context.signal.aborted || error instanceof TaskFailure) throw error;
      const announced = response.contentLength === undefined ? "" : ` of ${response.contentLength}`;
      throw new TaskFailure(`The download ended after ${length}${announced} bytes. A retry may help.`, {
        cause: error,
      });
    });
    const expected = exchange.method === "HEAD" ? undefined : response.contentLength;
    const refusal =
      expected !== undefined && expected !== length
        ? `The server announced ${expected} bytes, but sent ${length}.`
        : length === 0 && properties.failOnEmptyResponse
          ? "The server sent an empty file. Set `failOnEmptyResponse` to false if that is fine."
          : undefined;
    if (refusal !== undefined) {
      await files.delete(uri);
      throw new TaskFailure(refusal);
    }
    metric({ name: "response.length", type: "counter", value: length });
    return { ...responseHead(response), uri, length };
  },
});

/** A name without folders, whatever the server or the address says. */
function fileName(response: HttpResponse, saveAs: string | undefined): string {
  const candidates = [saveAs, dispositionName(response.header("content-disposition")), decoded(response.url.pathname)];
  for (const candidate of candidates) {
    const name = basename(candidate?.replaceAll("\\", "/") ?? "").replaceAll(/[^\w.@ -]+/g, "_");
    if (name !== "" && name !== "." && name !== "..") return name;
  }
  return "download";
}

function dispositionName(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined;
  const extended = /filename\*\s*=\s*[\w-]*'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) return decoded(extended);
  const match = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return match?.[1]?.replaceAll(/\\(.)/g, "$1") ?? match?.[2];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign is part of the name.
  }
}
