import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callNotion, connection, pageIdOf } from "./connection.ts";
import { pageMarkdown, pageOutputs, pageOutputsOf, readPage } from "./page.ts";

const TYPE = "io.kestra.plugin.notion.page.Read";

/** Reads what a page says. */
export const read = defineTask({
  type: TYPE,
  title: "Read a page of Notion",
  description: "Notion gives the beginning of a page that is very long; a warning says so.",
  properties: () => z.object({ ...connection(), pageId: text().describe("Id or address of the page.") }),
  outputs: pageOutputs,
  examples: [
    {
      title: "Read the notes",
      code: `id: notes\ntype: ${TYPE}\napiToken: "{{ secret('NOTION_TOKEN') }}"\npageId: 1234567890abcdef1234567890abcdef\n`,
    },
  ],
  async run(context) {
    const id = pageIdOf("pageId", context.properties.pageId);
    const told = await readPage(context, id);
    const what = `Reading what the page ${id} says`;
    const { markdown, truncated } = await callNotion(context, {
      what,
      path: `/${id}/markdown`,
      answer: pageMarkdown(),
    });
    if (truncated) context.log.warn(`The page ${told.url} is too long for Notion to give all of it.`);
    context.log.info(`Read the page ${told.url}`);
    return pageOutputsOf(told, markdown, "Read");
  },
});
