import { z } from "zod";
import { callNotion, type NotionContext } from "./connection.ts";

/** How Notion tells of a page. */
export const page = () =>
  z.looseObject({
    object: z.literal("page"),
    id: z.string(),
    url: z.string(),
    created_time: z.string(),
    last_edited_time: z.string(),
    in_trash: z.boolean(),
    properties: z.record(z.string(), z.unknown()),
  });
export type NotionPage = z.output<ReturnType<typeof page>>;

export const pageOutputs = () =>
  z.object({
    pageId: z.string().describe("Id of the page."),
    url: z.string().describe("Where people see it."),
    title: z.string().optional().describe("Its title."),
    content: z.string().optional().describe("Markdown: what was written, or all that the page says when it was read."),
    createdTime: z.string().describe("When it was made."),
    lastEditedTime: z.string().describe("When it was changed last."),
    archived: z.boolean().describe("Whether it is in the trash."),
    properties: z.record(z.string(), z.unknown()).describe("Its properties, as Notion describes them."),
    message: z.string().describe("What was done, for people."),
  });

export function pageOutputsOf(told: NotionPage, content: string | undefined, message: string) {
  return {
    pageId: told.id,
    url: told.url,
    title: titleOf(told),
    content,
    createdTime: told.created_time,
    lastEditedTime: told.last_edited_time,
    archived: told.in_trash,
    properties: told.properties,
    message,
  };
}

/** The title, whatever the property with it is called: in a database, people name it. */
export function titleOf({ properties }: NotionPage): string | undefined {
  const shape = z.object({ type: z.literal("title"), title: z.array(z.object({ plain_text: z.string() })) });
  for (const property of Object.values(properties)) {
    const read = shape.safeParse(property);
    if (read.success) return read.data.title.map(({ plain_text: text }) => text).join("");
  }
  return undefined;
}

/** The property that gives a page a title. */
export const titleProperty = (content: string) => ({ title: { title: [{ text: { content } }] } });

/** A page as it is. Throws `TaskFailure` as `callNotion` does. */
export async function readPage(context: NotionContext, id: string): Promise<NotionPage> {
  return callNotion(context, { what: `Reading the page ${id}`, path: `/${id}`, answer: page() });
}

/** How Notion tells what a page says. */
export const pageMarkdown = () =>
  z.looseObject({ object: z.literal("page_markdown"), markdown: z.string(), truncated: z.boolean() });
