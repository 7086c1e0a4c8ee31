import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { download } from "./download.ts";

test("stores the body as a file and tells its length", async () => {
  await using server = await startServer((_request, response) => response.end("1,2\n"));
  await using world = createTestWorld();
  const { outputs } = await world.run(download, { uri: `${server.url}/data/my%20orders.csv?x=1` });
  expect(outputs).toMatchObject({ code: 200, length: 4, headers: { "Content-Length": ["4"] } });
  expect(outputs?.["uri"]).toMatch(/^kestra:\/\/\/.*my orders\.csv$/);
  expect(await world.files.text(String(outputs?.["uri"]))).toBe("1,2\n");
});

test.each([
  ["the server's name", 'attachment; filename="a report.csv"', undefined, "a report.csv"],
  [
    "the server's name in its newer form",
    "attachment; filename=x; filename*=UTF-8''r%C3%A9sum.csv",
    undefined,
    "r_sum.csv",
  ],
  ["no way out of the folder", 'attachment; filename="../../etc/passwd"', undefined, "passwd"],
  ["the name that the flow gives", 'attachment; filename="a.csv"', "mine.csv", "mine.csv"],
])("the file has %s", async (_name, disposition, saveAs, expected) => {
  await using server = await startServer((_request, response) =>
    response.writeHead(200, { "Content-Disposition": disposition }).end("x"),
  );
  await using world = createTestWorld();
  const { outputs } = await world.run(download, { uri: server.url, ...(saveAs === undefined ? {} : { saveAs }) });
  expect(String(outputs?.["uri"]).split("/").at(-1)!.replace(/^\d+-/, "")).toBe(expected);
});

test("an empty file fails, unless it may be empty", async () => {
  await using server = await startServer((_request, response) => response.end());
  await using world = createTestWorld();
  expect((await world.run(download, { uri: server.url })).message).toContain("empty file");
  expect(world.files.uris()).toEqual([]);
  expect((await world.run(download, { uri: server.url, failOnEmptyResponse: false })).outputs).toMatchObject({
    length: 0,
  });
});

test("a body that ends too early fails", async () => {
  await using server = await startServer((_request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("only this", () => response.destroy());
  });
  await using world = createTestWorld();
  const outcome = await world.run(download, { uri: server.url });
  expect(outcome.message).toContain("The download ended after 9 of 100 bytes");
});

test("a compressed body is stored unpacked, whatever length was announced", async () => {
  const packed = gzipSync("packed ".repeat(100));
  await using server = await startServer((_request, response) =>
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": packed.length }).end(packed),
  );
  await using world = createTestWorld();
  expect((await world.run(download, { uri: server.url })).outputs).toMatchObject({ length: 700 });
});

test("a failed status stores nothing", async () => {
  await using server = await startServer((_request, response) => response.writeHead(500).end("broken"));
  await using world = createTestWorld();
  expect((await world.run(download, { uri: server.url })).message).toContain("status 500 and the body: broken");
  expect(world.files.uris()).toEqual([]);
});
