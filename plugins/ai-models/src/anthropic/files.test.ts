import { createTestWorld } from "@capstan/sdk/test-kit";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { expect, test } from "vitest";
import { KEY, startAnthropic } from "../testing/anthropic-api.ts";
import { deleteFile } from "./delete-file.ts";
import { getFile } from "./get-file.ts";
import { listFiles } from "./list-files.ts";
import { listModels } from "./list-models.ts";
import { uploadFile } from "./upload-file.ts";

const METADATA = {
  fileId: "file_1",
  filename: "report.pdf",
  mimeType: "application/pdf",
  size: 5,
  createdAt: "2026-01-02T03:04:05Z",
  downloadable: false,
};

async function run(task: TaskDefinition, properties: JsonMap = {}) {
  await using api = await startAnthropic();
  await using world = createTestWorld();
  await world.files.put("report.pdf", "hello");
  const outcome = await world.run(task, { baseUrl: api.baseUrl, apiKey: KEY, ...properties });
  const [request] = api.received;
  return { ...outcome, request: request! };
}

test.each<[TaskDefinition, JsonMap, string, JsonMap]>([
  [getFile, { fileId: "file_1" }, "GET /v1/files/file_1", { metadata: { ...METADATA, scopeId: "session_1" } }],
  [deleteFile, { fileId: "file_1" }, "DELETE /v1/files/file_1", { fileId: "file_1", deleted: true }],
  [listFiles, {}, "GET /v1/files", { files: [METADATA], firstId: "file_1", lastId: "file_1", hasMore: false }],
  [
    listModels,
    {},
    "GET /v1/models?limit=1000",
    { models: [{ id: "claude-sonnet-5", displayName: "Claude Sonnet 4.5", createdAt: "2025-09-29T00:00:00Z" }] },
  ],
])("$type asks and answers", async (task, properties, asked, outputs) => {
  const { request, ...outcome } = await run(task, properties);
  expect(`${request.method} ${request.url}`).toBe(asked);
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs });
  expect(request.headers["anthropic-beta"]).toBe(task === listModels ? undefined : "files-api-2025-04-14");
});

test("a page of files is asked for by what is before or behind it", async () => {
  const properties = { limit: 100, afterId: "a", beforeId: "b", scopeId: "s" };
  expect((await run(listFiles, properties)).request.url).toBe("/v1/files?limit=100&after_id=a&before_id=b&scope_id=s");
});

test.each([0, 1_001])("a page can't have %d files", async (limit) => {
  expect((await run(listFiles, { limit })).state).toBe("FAILED");
});

test("a file whose id leads elsewhere is not looked up there", async () => {
  expect((await run(getFile, { fileId: "../models" })).request.url).toBe("/v1/files/..%2Fmodels");
});

test("a stored file is uploaded with its kind and name", async () => {
  await using api = await startAnthropic();
  await using world = createTestWorld();
  const filePath = await world.files.put("x.bin", "hello");
  const properties = {
    baseUrl: api.baseUrl,
    apiKey: KEY,
    filePath,
    mimeType: "application/pdf",
    filename: "report.pdf",
  };
  const outcome = await world.run(uploadFile, properties);
  expect(outcome).toMatchObject({ outputs: { fileId: "file_1", filename: "report.pdf", size: 5 } });
  const [{ headers, body } = {}] = api.received;
  const form = await new Response(body, { headers: { "content-type": headers!["content-type"]! } }).formData();
  const file = form.get("file") as File;
  expect({ name: file.name, type: file.type, text: await file.text() }).toEqual({
    name: "report.pdf",
    type: "application/pdf",
    text: "hello",
  });
});
