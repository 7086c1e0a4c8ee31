import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { callNotion, connection, pageIdOf } from "./connection.ts";
import { page, pageMarkdown, pageOutputs, pageOutputsOf, readPage, titleProperty } from "./page.ts";

const TYPE = "io.kestra.plugin.notion.page.Update";

/** Adds to a page. */
export const update = defineTask({
  type: TYPE,
  title: "Add to a page in Notion",
  description:
    "The content goes below what the page says already. A retry of a task that was interrupted may add it twice.",
  properties: () =>
    z.object({
      ...connection(),
      pageId: text().describe("Id or address of the page."),
      title: text().optional().describe("Its new title. Default: the one that it has."),
      content: text().optional().describe("What is added at its end, in Markdown."),
    }),
  outputs: pageOutputs,
  examples: [
    {
      title: "Keep a diary",
      code:
        `id: note\ntype: ${TYPE}\napiToken: "{{ secret('NOTION_TOKEN') }}"\npageId: 1234567890abcdef1234567890abcdef\n` +
        "content: |\n  ## {{ now() | date('yyyy-MM-dd') }}\n\n  - {{ outputs.count.value }} orders\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const id = pageIdOf("pageId", properties.pageId);
    const [title, content] = [properties.title, properties.content].map(given);
    if (title === undefined && content === undefined)
      throw new TaskFailure("Nothing says what to change: give `content`, `title` or both.");
    const call = { what: `Changing the page ${id}`, method: "PATCH" };
    if (title !== undefined)
      await callNotion(context, {
        ...call,
        path: `/${id}`,
        body: { properties: titleProperty(title) },
        answer: page(),
      });
    if (content !== undefined) {
      const body = { type: "insert_content", insert_content: { content, position: { type: "end" } } };
      await callNotion(context, { ...call, path: `/${id}/markdown`, body, answer: pageMarkdown() });
    }
    const changed = await readPage(context, id);
    context.log.info(`Changed the page ${changed.url}`);
    return pageOutputsOf(changed, content, "Changed");
  },
});
