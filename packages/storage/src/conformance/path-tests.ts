import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from "../uri.ts";
import type { Setup } from "./storage-conformance.ts";

const TENANT = "main";

const INVALID: readonly string[] = [
  "",
  "relative",
  "../up",
  "/..",
  "/a/../../b",
  "/a/..",
  "/a/./b",
  "/a//b",
  "//a",
  "/a\\..\\b",
  "/a\u0000b",
  "/a\nb",
  "/%2e%2e/b",
  "/a/%2E./b",
  "/a%2f..%2fb",
  "/a%5c..%5cb",
  "/a%00",
  "/\ud800",
  "kestra://",
  "kestra://host/a",
  "kestra:/a",
  "kestra:///../a",
  "kestra:///a/%2e%2e/b",
  "file:///etc/passwd",
  "http://a/b",
];

const TENANTS: readonly string[] = [
  "",
  ".",
  "..",
  "../main",
  "a/b",
  ".unfinished",
  "a\\b",
  "a\u0000",
  "%2e%2e",
  "x".repeat(101),
];

export function pathTests(setup: Setup): void {
  test("paths that lead elsewhere, or nowhere, are refused by every method", async () => {
    const storage = await setup();
    for (const path of INVALID) {
      const refused = { name: "StorageError", code: "path-invalid" };
      await expect(storage.put(TENANT, path, "x"), path).rejects.toMatchObject(refused);
      await expect(storage.read(TENANT, path), path).rejects.toMatchObject(refused);
      await expect(storage.createFolder(TENANT, path), path).rejects.toMatchObject(refused);
      await expect(storage.move(TENANT, path, "/x"), path).rejects.toMatchObject(refused);
      await expect(storage.move(TENANT, "/x", path), path).rejects.toMatchObject(refused);
      await expect(storage.stat(TENANT, path), path).rejects.toMatchObject(refused);
      await expect(storage.list(TENANT, path), path).rejects.toMatchObject(refused);
      await expect(storage.walk(TENANT, path)[Symbol.asyncIterator]().next(), path).rejects.toMatchObject(refused);
      await expect(storage.delete(TENANT, path), path).rejects.toMatchObject(refused);
    }
    expect(await storage.list(TENANT, "/")).toEqual([]);
  });

  test("a tenant's own folder is neither written, moved nor deleted", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a", "x");
    for (const path of ["/", "kestra:///"]) {
      await expect(storage.put(TENANT, path, "x")).rejects.toMatchObject({ code: "path-invalid" });
      await expect(storage.delete(TENANT, path)).rejects.toMatchObject({ code: "path-invalid" });
      await expect(storage.move(TENANT, path, "/b")).rejects.toMatchObject({
        code: expect.stringMatching(/path-invalid/),
      });
    }
    expect(await storage.stat(TENANT, "/a")).toBeDefined();
  });

  test("a tenant's name can't lead elsewhere", async () => {
    const storage = await setup();
    for (const tenant of TENANTS) {
      await expect(storage.put(tenant, "/a", "x"), tenant).rejects.toMatchObject({ code: "path-invalid" });
      await expect(storage.list(tenant, "/"), tenant).rejects.toMatchObject({ code: "path-invalid" });
    }
  });

  test.each([
    "/company/team/_files/a file with spaces.txt",
    "/ünï/コード/🚀",
    "/a#b/c?d=e&f",
    "/100%/50%25",
    "/..a/b../.hidden",
    "/a:b@c,d;e='f'(g)[h]{i}",
    "/one+two three%20four",
    "/ begins and ends with a space ",
    '/a&amp;b<c>"d"!*~',
    "/u\u0308 and ü",
  ])("%s is a path like others", async (path) => {
    const storage = await setup();
    const uri = await storage.put(TENANT, path, "content");
    expect(uri).toBe(`kestra://${path}`);
    expect(await text(await storage.read(TENANT, uri))).toBe("content");
    expect((await storage.stat(TENANT, uri))?.path).toBe(path);
    const walked: string[] = [];
    for await (const file of storage.walk(TENANT, "/")) walked.push(file.path);
    expect(walked).toEqual([path]);
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    expect((await storage.list(TENANT, folder)).map((file) => file.path)).toEqual([path]);
    await storage.move(TENANT, path, `/moved${path}`);
    expect(await text(await storage.read(TENANT, `/moved${path}`))).toBe("content");
    expect(await storage.delete(TENANT, path)).toBe(false);
    expect(await storage.delete(TENANT, `/moved${path}`)).toBe(true);
  });

  test("names and paths up to their limits are taken, longer ones are refused", async () => {
    const storage = await setup();
    const longName = `/${"é".repeat(Math.floor(NAME_BYTES_MAX / 2))}`;
    await storage.put(TENANT, longName, "x");
    await expect(storage.put(TENANT, `${longName}xx`, "x")).rejects.toMatchObject({ code: "path-too-long" });
    const longPath = "/abcdefgh".repeat(200).slice(0, PATH_BYTES_MAX - 1) + "z";
    await storage.put(TENANT, longPath, "x");
    expect(await storage.stat(TENANT, longPath)).toMatchObject({ path: longPath });
    await expect(storage.put(TENANT, `${longPath}z`, "x")).rejects.toMatchObject({ code: "path-too-long" });
  });
}
