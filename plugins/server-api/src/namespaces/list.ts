import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { filterParameters } from "../filters.ts";
import { collected, pageOf, rowsOf } from "../pages.ts";
import { namespacesOutput, prefix, startingWith } from "./prefix.ts";

const TYPE = "io.kestra.plugin.kestra.namespaces.List";
const WHAT = "Listing namespaces";
const PAGE_SIZE = 10;

const namespace = () => z.looseObject({ id: z.string() });

/** Lists namespaces. */
export const list = defineTask({
  type: TYPE,
  title: "List namespaces of a server",
  properties: () =>
    z.object({
      ...connection(),
      prefix: prefix(),
      page: dynamic(z.int().positive())
        .optional()
        .describe("Only this page of what the server finds, from 1. Default: all pages."),
      size: dynamic(z.int().positive())
        .optional()
        .describe(`Namespaces of a page. Default: ${PAGE_SIZE}, with \`page\`.`),
      existingOnly: dynamic(z.boolean())
        .default(false)
        .describe("Whether namespaces are left out that are there only as parents of others. Default: false."),
    }),
  outputs: namespacesOutput,
  examples: [
    {
      title: "What belongs to a team",
      code: `id: namespaces\ntype: ${TYPE}\nprefix: company.team\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  async run(context) {
    const { prefix = "", page, size, existingOnly } = context.properties;
    const api = await openApi(context, context.identity.tenant);
    const params = {
      ...filterParameters([{ field: "q", operator: "EQUALS", value: prefix }]),
      existing: String(existingOnly),
    };
    const search = { what: WHAT, path: "/namespaces/search", params, row: namespace() };
    const found =
      page === undefined
        ? await collected(rowsOf(api, search, size), WHAT, "Ask for those with a `prefix`.")
        : (await pageOf(api, search, page, size ?? PAGE_SIZE)).rows;
    const namespaces = startingWith(
      prefix,
      found.map(({ id }) => id),
    );
    context.log.info(`Found ${namespaces.length} ${namespaces.length === 1 ? "namespace" : "namespaces"}.`);
    return { namespaces };
  },
});
