import type { Client, CreatePageParameters, UpdatePageParameters } from "@notionhq/client";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer, strictly } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { archive } from "./archive.ts";
import { create } from "./create.ts";
import { read } from "./read.ts";
import { update } from "./update.ts";

type UpdateMarkdown = Parameters<Client["pages"]["updateMarkdown"]>[0];

const TOKEN = "ntn_test-token";
const ID = "12345678-1234-1234-1234-123456789abc";
const PAGE = {
  object: "page",
  id: ID,
  url: `https://www.notion.so/Notes-${ID.replaceAll("-", "")}`,
  created_time: "2026-03-01T10:00:00.000Z",
  last_edited_time: "2026-03-02T10:00:00.000Z",
  in_trash: false,
  properties: {
    Name: { id: "title", type: "title", title: [{ plain_text: "No" }, { plain_text: "tes" }] },
    Done: { type: "checkbox" },
  },
};
const TOLD = {
  pageId: ID,
  url: PAGE.url,
  title: "Notes",
  createdTime: PAGE.created_time,
  lastEditedTime: PAGE.last_edited_time,
  archived: false,
  properties: PAGE.properties,
};

const title = z.strictObject({
  title: z.strictObject({ title: z.tuple([z.strictObject({ text: z.strictObject({ content: z.string() }) })]) }),
});
const uuid = z.string().regex(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/);

/** As Notion's own types of its API have it. */
const routes = ({ isInTrash = false, truncated = false }): Record<string, Route> => ({
  "POST /v1/pages": {
    body: strictly<CreatePageParameters>()({
      parent: z.union([z.strictObject({ page_id: uuid }), z.strictObject({ workspace: z.literal(true) })]),
      properties: title,
      markdown: z.string().min(1).optional(),
    }),
    answer: { body: PAGE },
  },
  [`GET /v1/pages/${ID}`]: { answer: { body: { ...PAGE, in_trash: isInTrash } } },
  [`PATCH /v1/pages/${ID}`]: {
    body: strictly<UpdatePageParameters>()({ properties: title.optional(), in_trash: z.boolean().optional() }),
    answer: ({ body }) => ({ body: { ...PAGE, in_trash: (body as JsonMap)["in_trash"] ?? false } }),
  },
  [`GET /v1/pages/${ID}/markdown`]: {
    answer: { body: { object: "page_markdown", id: ID, markdown: "# Notes", truncated, unknown_block_ids: [] } },
  },
  [`PATCH /v1/pages/${ID}/markdown`]: {
    body: strictly<Extract<UpdateMarkdown, { type: "insert_content" }>>()({
      type: z.literal("insert_content"),
      insert_content: z.strictObject({
        content: z.string().min(1),
        position: z.strictObject({ type: z.literal("end") }),
      }),
    }),
    answer: { body: { object: "page_markdown", id: ID, markdown: "# Notes", truncated, unknown_block_ids: [] } },
  },
});

async function run(
  task: TaskDefinition,
  properties: JsonMap,
  { token = TOKEN, ...state }: { token?: string; isInTrash?: boolean; truncated?: boolean } = {},
) {
  await using notion = await startStrictServer(
    (headers) => headers.authorization === `Bearer ${token}` && headers["notion-version"] === "2026-03-11",
    routes(state),
  );
  await using world = createTestWorld();
  const outcome = await world.run(task, { apiToken: TOKEN, endpointOverride: notion.url, ...properties });
  return {
    ...outcome,
    bodies: notion.bodies,
    calls: notion.received.map(({ method, url }) => `${method} ${url}`),
    world,
  };
}

test.each([
  ["1234567812341234123412345678 9ABC".replace(" ", ""), { page_id: ID }],
  [PAGE.url, { page_id: ID }],
  ["", { workspace: true }],
])("a page is created below %j", async (parentPageId, parent) => {
  const { outputs, bodies } = await run(create, { title: "Notes of today", content: "# Hello\n\n- one", parentPageId });
  expect(outputs).toEqual({ ...TOLD, title: "Notes of today", content: "# Hello\n\n- one", message: "Created" });
  expect(bodies).toEqual([
    {
      parent,
      properties: { title: { title: [{ text: { content: "Notes of today" } }] } },
      markdown: "# Hello\n\n- one",
    },
  ]);
});

test("a page may say nothing", async () => {
  const { state, bodies } = await run(create, { title: "Notes", content: "" });
  expect([state, Object.keys(bodies[0] as object)]).toEqual(["SUCCESS", ["parent", "properties"]]);
});

test.each([
  [{ content: "More" }, [`PATCH /v1/pages/${ID}/markdown`]],
  [{ title: "Other" }, [`PATCH /v1/pages/${ID}`]],
  [{ title: "Other", content: "More" }, [`PATCH /v1/pages/${ID}`, `PATCH /v1/pages/${ID}/markdown`]],
])("a page is changed by %j", async (properties, changes) => {
  const { outputs, calls } = await run(update, { pageId: ID, ...properties });
  expect(outputs).toEqual({ ...TOLD, ...("content" in properties && { content: "More" }), message: "Changed" });
  expect(calls).toEqual([...changes, `GET /v1/pages/${ID}`]);
});

test.each([
  [false, []],
  [true, [{ level: "WARN", message: `The page ${PAGE.url} is too long for Notion to give all of it.` }]],
])("a page is read, and told of when it is cut (%j)", async (truncated, warnings) => {
  const { outputs, world } = await run(read, { pageId: ID }, { truncated });
  expect(outputs).toEqual({ ...TOLD, content: "# Notes", message: "Read" });
  expect(world.logs.filter(({ level }) => level === "WARN")).toEqual(warnings);
});

test.each([
  [false, "Put into the trash", 2],
  [true, "It was in the trash already", 1],
])("a page that is in the trash (%j) is there afterwards", async (isInTrash, message, requests) => {
  const { outputs, calls } = await run(archive, { pageId: ID }, { isInTrash });
  expect(outputs).toEqual({ ...TOLD, archived: true, message });
  expect(calls).toHaveLength(requests);
});

test.each([
  [update, { pageId: ID }, "Nothing says what to change"],
  [update, { pageId: ID, content: " " }, "Nothing says what to change"],
  [read, { pageId: "" }, "which is no page of Notion"],
  [read, { pageId: "../search" }, "which is no page of Notion"],
  [read, { pageId: `../${ID}` }, "which is no page of Notion"],
  [create, { title: "Notes", parentPageId: "home" }, '`parentPageId` is "home"'],
])("what says nothing is not sent (%#)", async (task, properties, message) => {
  const outcome = await run(task, properties);
  expect(outcome.message).toContain(message);
  expect(outcome.calls).toEqual([]);
});

test("a page that is hidden is told with what to check, and no message has the token", async () => {
  const hidden = await run(read, { pageId: ID.replace("1", "2") });
  expect(hidden.message).toContain("status 404");
  expect(hidden.message).toContain("that the page is shared with the integration");
  const { message, world } = await run(read, { pageId: ID, apiToken: "ntn_hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("ntn_hidden");
});
