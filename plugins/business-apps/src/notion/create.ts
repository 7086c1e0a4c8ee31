import { defineTask, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { callNotion, connection, pageIdOf } from "./connection.ts";
import { page, pageOutputs, pageOutputsOf, titleProperty } from "./page.ts";

const TYPE = "io.kestra.plugin.notion.page.Create";

/** Makes a page. */
export const create = defineTask({
  type: TYPE,
  title: "Create a page in Notion",
  properties: () =>
    z.object({
      ...connection(),
      title: text().describe("Its title."),
      content: text().optional().describe("What it says, in Markdown."),
      parentPageId: text()
        .optional()
        .describe(
          "Id or address of the page that it goes below. Default: the private pages of whoever the integration is of.",
        ),
    }),
  outputs: pageOutputs,
  examples: [
    {
      title: "A report for people",
      code:
        `id: publish\ntype: ${TYPE}\napiToken: "{{ secret('NOTION_TOKEN') }}"\nparentPageId: 1234567890abcdef1234567890abcdef\n` +
        'title: "Report of {{ now() | date(\'yyyy-MM-dd\') }}"\ncontent: "{{ outputs.summary.outputText }}"\n',
    },
  ],
  async run(context) {
    const { title, content: written, parentPageId } = context.properties;
    const parent = given(parentPageId);
    const markdown = given(written);
    const made = await callNotion(context, {
      what: `Creating the page "${title}"`,
      path: "",
      body: {
        parent: parent === undefined ? { workspace: true } : { page_id: pageIdOf("parentPageId", parent) },
        properties: titleProperty(title),
        ...(markdown !== undefined && { markdown }),
      },
      answer: page(),
    });
    context.log.info(`Created the page "${title}": ${made.url}`);
    return { ...pageOutputsOf(made, written, "Created"), title };
  },
});
