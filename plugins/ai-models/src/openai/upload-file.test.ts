import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { KEY, startOpenAi } from "../testing/openai-api.ts";
import { uploadFile } from "./upload-file.ts";

test("a stored file is uploaded for its purpose", async () => {
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const from = await world.files.put("notes.txt", "hello");
  const outcome = await world.run(uploadFile, { baseUrl: api.baseUrl, apiKey: KEY, from, purpose: "user_data" });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { fileId: "file-1" } });
  const [{ headers, body } = {}] = api.received;
  const form = await new Response(body, { headers: { "content-type": headers!["content-type"]! } }).formData();
  expect(form.get("purpose")).toBe("user_data");
  expect(await (form.get("file") as File).text()).toBe("hello");
  expect((form.get("file") as File).name).toMatch(/notes\.txt$/);
  expect(world.metrics).toEqual([{ name: "file.size", type: "counter", value: 5 }]);
});

test("a file that isn't there is not uploaded", async () => {
  await using api = await startOpenAi();
  await using world = createTestWorld();
  const properties = { baseUrl: api.baseUrl, apiKey: KEY, from: "kestra:///none", purpose: "user_data" };
  expect((await world.run(uploadFile, properties)).state).toBe("FAILED");
  expect(api.received).toEqual([]);
});
