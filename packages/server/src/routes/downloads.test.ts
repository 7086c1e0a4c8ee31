import { expect, test } from "vitest";
import { type Setup, setup } from "../testing/setup.ts";

const USER = { username: "ada@example.org", password: "Secret-word-1" };
const RIGHT = { authorization: `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString("base64")}` };

/** A server whose storage hands its files out by itself, with a file of an execution and one of a namespace. */
async function withDownloads(): Promise<Setup & { readonly urls: readonly string[]; readonly asked: unknown[][] }> {
  const world = await setup({ authentication: { basic: USER } });
  const { storage } = world.runtime;
  const asked: unknown[][] = [];
  Object.assign(storage, {
    downloadUrl: async (...words: unknown[]) => {
      asked.push(words);
      return "https://files.example.org/signed?for=five&minutes";
    },
  });
  const id = await world.start();
  const path = `/company/team/hello/executions/${id}/tasks/a/ü.txt`;
  await storage.put("main", path, "content");
  await storage.put("main", "/company/team/_files/b.txt", "content");
  const urls = [
    `/executions/${id}/file?path=${encodeURIComponent(`kestra://${path}`)}`,
    "/namespaces/company.team/files?path=b.txt",
  ];
  return { ...world, urls, asked };
}

test("who downloads is sent to where the storage hands files out", async () => {
  const { call, urls, asked } = await withDownloads();
  for (const url of urls) {
    const answer = await call("GET", url, undefined, RIGHT);
    expect([answer.status, answer.text]).toEqual([302, ""]);
    expect(answer.headers).toMatchObject({
      location: "https://files.example.org/signed?for=five&minutes",
      "cache-control": expect.stringContaining("no-store"),
    });
  }
  expect(asked.map(([tenant, , disposition]) => [tenant, disposition])).toEqual([
    ["main", `attachment; filename="_.txt"; filename*=UTF-8''%C3%BC.txt`],
    ["main", `attachment; filename="b.txt"; filename*=UTF-8''b.txt`],
  ]);
});

test("nobody is sent there who may not see the file, or asks for one that isn't there", async () => {
  const { call, urls, asked } = await withDownloads();
  for (const url of urls) {
    const stranger = await call("GET", url);
    expect([stranger.status, stranger.headers["location"]]).toEqual([401, undefined]);
    const missing = await call("GET", url.replace(/\.txt$/, ".csv"), undefined, RIGHT);
    expect([missing.status, missing.headers["location"]]).toEqual([404, undefined]);
  }
  expect(asked).toEqual([]);
});

test("HEAD tells of the file itself and reads none of it", async () => {
  const { server, urls, asked, runtime } = await withDownloads();
  runtime.storage.read = () => Promise.reject(new Error("nobody reads"));
  for (const url of urls) {
    const answer = await server.inject({ method: "HEAD", url: `/api/v1/main${url}`, headers: RIGHT });
    expect([answer.statusCode, answer.headers["content-length"], answer.body]).toEqual([200, "7", ""]);
    expect(answer.headers["content-disposition"]).toContain("attachment; filename=");
  }
  expect(asked).toEqual([]);
});
