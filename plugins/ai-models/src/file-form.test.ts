import { Readable } from "node:stream";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { fileForm, fileNameOf } from "./file-form.ts";

test("a form has its fields, its file, and as many bytes as it says", async () => {
  await using world = createTestWorld();
  const uri = await world.files.put("notes.txt", "héllo");
  const form = await fileForm(world.files, {
    uri,
    name: 'a"b\r\n.txt',
    mimeType: "text/plain\r\nX-Injected: 1",
    fields: { purpose: "user_data" },
  });
  const bytes = Buffer.concat(await form.open().toArray());
  expect(bytes.length).toBe(form.contentLength);
  const read = await new Response(bytes, { headers: { "content-type": form.contentType! } }).formData();
  const file = read.get("file") as File;
  expect([...read.keys()]).toEqual(["purpose", "file"]);
  expect(read.get("purpose")).toBe("user_data");
  expect(file.name).toBe('a"b\r\n.txt');
  expect(await file.text()).toBe("héllo");
  expect(bytes.toString()).not.toContain("\r\nX-Injected");
});

test("a big file is read no faster than it is sent", async () => {
  await using world = createTestWorld();
  let read = 0;
  const files = {
    ...world.files,
    sizeBytes: async () => 1_000 * 65_536,
    read: async () =>
      Readable.from(
        (function* pieces() {
          for (; read < 1_000; read += 1) yield Buffer.alloc(65_536);
        })(),
      ),
  };
  const form = await fileForm(files, { uri: "kestra:///big", name: "big", mimeType: "text/plain" });
  const sent = form.open()[Symbol.asyncIterator]();
  for (let piece = 0; piece < 3; piece += 1) await sent.next();
  expect(read).toBeLessThan(20);
  await sent.return?.();
});

test.each([
  ["kestra:///a/b/report.pdf", "report.pdf"],
  [" nsfile:///x.txt ", "x.txt"],
  ["kestra:///a/", "file"],
])("%s is called %s", (uri, name) => {
  expect(fileNameOf(uri)).toBe(name);
});
