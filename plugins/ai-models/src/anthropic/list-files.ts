import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { callingFiles, connection } from "./connection.ts";
import { fileAnswer, fileMetadata, metadataOf } from "./file-metadata.ts";

const FILES_MAX = 1_000;

export const listFiles = defineTask({
  type: "io.kestra.plugin.anthropic.ListFiles",
  title: "List the files at Anthropic",
  properties: () =>
    z.object({
      ...connection(),
      limit: dynamic(z.int().min(1).max(FILES_MAX))
        .optional()
        .describe(`Files of the page, up to ${FILES_MAX}. Default: 20.`),
      afterId: text().optional().describe("Only files behind this one: `lastId` of the page before."),
      beforeId: text().optional().describe("Only files before this one: `firstId` of the page behind."),
      scopeId: text().optional().describe("Only files that belong to this, such as a session."),
    }),
  outputs: () =>
    z.object({
      files: z.array(fileMetadata()).describe("The files, newest first."),
      firstId: z.string().optional().describe("Id of the first one."),
      lastId: z.string().optional().describe("Id of the last one."),
      hasMore: z.boolean().describe("Whether there are more."),
    }),
  examples: [
    {
      title: "List a hundred files",
      code: [
        "id: files",
        "type: io.kestra.plugin.anthropic.ListFiles",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        "limit: 100",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    const { limit, afterId, beforeId, scopeId } = properties;
    const { data, first_id, last_id, has_more, next_page } = await callModel(context, {
      ...callingFiles(properties),
      path: "/files",
      params: {
        ...(limit !== undefined && { limit: String(limit) }),
        ...(afterId !== undefined && { after_id: afterId }),
        ...(beforeId !== undefined && { before_id: beforeId }),
        ...(scopeId !== undefined && { scope_id: scopeId }),
      },
      answer: z.looseObject({
        data: z.array(fileAnswer()),
        first_id: z.string().nullish(),
        last_id: z.string().nullish(),
        has_more: z.boolean().optional(),
        next_page: z.string().nullish(),
      }),
    });
    return {
      files: data.map(metadataOf),
      firstId: first_id ?? data[0]?.id,
      lastId: last_id ?? data.at(-1)?.id,
      hasMore: has_more ?? typeof next_page === "string",
    };
  },
});
