import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callNotion, connection, pageIdOf } from "./connection.ts";
import { page, pageOutputs, pageOutputsOf, readPage } from "./page.ts";

const TYPE = "io.kestra.plugin.notion.page.Archive";

/** Puts a page into the trash. */
export const archive = defineTask({
  type: TYPE,
  title: "Put a page of Notion into the trash",
  description: "People can take it out again. A page that is there already is left.",
  properties: () => z.object({ ...connection(), pageId: text().describe("Id or address of the page.") }),
  outputs: pageOutputs,
  examples: [
    {
      title: "Put away an old page",
      code: `id: put_away\ntype: ${TYPE}\napiToken: "{{ secret('NOTION_TOKEN') }}"\npageId: 1234567890abcdef1234567890abcdef\n`,
    },
  ],
  async run(context) {
    const id = pageIdOf("pageId", context.properties.pageId);
    const old = await readPage(context, id);
    if (old.in_trash) return pageOutputsOf(old, undefined, "It was in the trash already");
    const what = `Putting the page ${id} into the trash`;
    const put = await callNotion(context, {
      what,
      method: "PATCH",
      path: `/${id}`,
      body: { in_trash: true },
      answer: page(),
    });
    context.log.info(`Put the page ${put.url} into the trash.`);
    return pageOutputsOf(put, undefined, "Put into the trash");
  },
});
