import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Storage } from "../storage.ts";
import type { Setup } from "./storage-conformance.ts";

const TENANT = "main";

async function walked(storage: Storage, folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const file of storage.walk(TENANT, folder)) paths.push(file.path);
  return paths;
}

async function fill(storage: Storage, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) await storage.put(TENANT, path, path);
}

export function folderTests(setup: Setup): void {
  test("a list holds the direct children, sorted by name", async () => {
    const storage = await setup();
    await fill(storage, "/f/b.txt", "/f/a/deep", "/f/c", "/f/B", "/g/x");
    const list = await storage.list(TENANT, "/f");
    expect(list.map((file) => [file.name, file.type])).toEqual([
      ["B", "file"],
      ["a", "folder"],
      ["b.txt", "file"],
      ["c", "file"],
    ]);
    expect(list.map((file) => file.path)).toEqual(["/f/B", "/f/a", "/f/b.txt", "/f/c"]);
    expect((await storage.list(TENANT, "/f/")).length).toBe(4);
    expect((await storage.list(TENANT, "/")).map((file) => file.path)).toEqual(["/f", "/g"]);
    expect(await storage.list(TENANT, "/missing")).toEqual([]);
    expect(await storage.list(TENANT, "/f/c")).toEqual([]);
  });

  test("a walk finds every file below, sorted by path", async () => {
    const storage = await setup();
    await fill(storage, "/f/a/z", "/f/a.txt", "/f/a/b/c", "/f/aa", "/fa");
    await storage.createFolder(TENANT, "/f/empty");
    expect(await walked(storage, "/f")).toEqual(["/f/a.txt", "/f/a/b/c", "/f/a/z", "/f/aa"]);
    expect(await walked(storage, "/f/")).toEqual(await walked(storage, "/f"));
    expect(await walked(storage, "/")).toContain("/fa");
    expect(await walked(storage, "/missing")).toEqual([]);
  });

  test("names are sorted by their code points", async () => {
    const storage = await setup();
    await fill(storage, "/f/🚀", "/f/ｚ", "/f/é", "/f/z", "/f/Z/deep");
    const sorted = ["Z", "z", "é", "ｚ", "🚀"];
    expect((await storage.list(TENANT, "/f")).map(({ name }) => name)).toEqual(sorted);
    expect(await walked(storage, "/f")).toEqual(["/f/Z/deep", ...sorted.slice(1).map((name) => `/f/${name}`)]);
  });

  test("a folder can be made before its files, more than once", async () => {
    const storage = await setup();
    await storage.createFolder(TENANT, "/a/b/c");
    await storage.createFolder(TENANT, "/a/b/c");
    expect(await storage.stat(TENANT, "/a/b")).toMatchObject({ name: "b", type: "folder", sizeBytes: 0 });
    expect(await storage.list(TENANT, "/a/b/c")).toEqual([]);
    await fill(storage, "/a/b/c/d");
    expect(await walked(storage, "/a")).toEqual(["/a/b/c/d"]);
  });

  test("only an empty folder is removed as one", async () => {
    const storage = await setup();
    await fill(storage, "/a/b/file");
    await storage.createFolder(TENANT, "/a/empty");
    expect(await storage.removeEmptyFolder(TENANT, "/a/empty")).toBe(true);
    expect(await storage.removeEmptyFolder(TENANT, "/a/empty")).toBe(false);
    expect(await storage.removeEmptyFolder(TENANT, "/a/b")).toBe(false);
    expect(await storage.removeEmptyFolder(TENANT, "/a/b/file")).toBe(false);
    expect(await storage.removeEmptyFolder("other", "/a")).toBe(false);
    expect(await walked(storage, "/a")).toEqual(["/a/b/file"]);
    await expect(storage.removeEmptyFolder(TENANT, "/")).rejects.toMatchObject({ code: "path-invalid" });
  });

  test("a file doesn't become a folder nor a folder a file", async () => {
    const storage = await setup();
    await fill(storage, "/folder/file");
    const exists = { code: "file-exists" };
    await expect(storage.put(TENANT, "/folder", "x")).rejects.toMatchObject(exists);
    await expect(storage.put(TENANT, "/folder/file/deeper", "x")).rejects.toMatchObject(exists);
    await expect(storage.createFolder(TENANT, "/folder/file")).rejects.toMatchObject(exists);
    await expect(storage.createFolder(TENANT, "/folder/file/deeper")).rejects.toMatchObject(exists);
    expect(await walked(storage, "/")).toEqual(["/folder/file"]);
  });

  test("a file moves, also into folders that aren't there yet", async () => {
    const storage = await setup();
    await fill(storage, "/a/file");
    await storage.move(TENANT, "/a/file", "/b/c/renamed");
    expect(await walked(storage, "/")).toEqual(["/b/c/renamed"]);
    expect(await text(await storage.read(TENANT, "/b/c/renamed"))).toBe("/a/file");
  });

  test("a folder moves with all in it", async () => {
    const storage = await setup();
    await fill(storage, "/a/b/one", "/a/b/c/two", "/ab");
    await storage.move(TENANT, "/a/b", "/x");
    expect(await walked(storage, "/")).toEqual(["/ab", "/x/c/two", "/x/one"]);
    expect(await storage.stat(TENANT, "/a/b")).toBeUndefined();
  });

  test("a move refuses what isn't there, what is taken and what makes no sense", async () => {
    const storage = await setup();
    await fill(storage, "/a/one", "/two");
    await expect(storage.move(TENANT, "/nothing", "/x")).rejects.toMatchObject({ code: "file-not-found" });
    await expect(storage.move(TENANT, "/two", "/a/one")).rejects.toMatchObject({ code: "file-exists" });
    await expect(storage.move(TENANT, "/two", "/a")).rejects.toMatchObject({ code: "file-exists" });
    await expect(storage.move(TENANT, "/a", "/a/deeper")).rejects.toMatchObject({ code: "path-invalid" });
    expect(await walked(storage, "/")).toEqual(["/a/one", "/two"]);
  });

  test("a delete takes a file, or a folder with all in it, and tells whether something was there", async () => {
    const storage = await setup();
    await fill(storage, "/a/one", "/a/b/two", "/ab");
    expect(await storage.delete(TENANT, "kestra:///ab")).toBe(true);
    expect(await storage.delete(TENANT, "/ab")).toBe(false);
    expect(await storage.delete(TENANT, "/a")).toBe(true);
    expect(await storage.delete(TENANT, "/a/one")).toBe(false);
    expect(await storage.list(TENANT, "/")).toEqual([]);
    await storage.createFolder(TENANT, "/empty");
    expect(await storage.delete(TENANT, "/empty")).toBe(true);
  });

  test("tenants don't see each other's files", async () => {
    const storage = await setup();
    await fill(storage, "/a/one");
    expect(await storage.stat("other", "/a/one")).toBeUndefined();
    expect(await storage.list("other", "/")).toEqual([]);
    expect(await storage.delete("other", "/a")).toBe(false);
    await storage.put("other", "/a/one", "theirs");
    expect(await text(await storage.read(TENANT, "/a/one"))).toBe("/a/one");
    await expect(storage.move("other", "/a/two", "/x")).rejects.toMatchObject({ code: "file-not-found" });
  });
}
