import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Setup } from "./storage-conformance.ts";

const TENANT = "main";

export function fileTests(setup: Setup): void {
  test.each([
    { kind: "text", content: "héllo\n" },
    { kind: "bytes", content: new TextEncoder().encode("héllo\n") },
    { kind: "a stream", content: Readable.from([Buffer.from("hé"), Buffer.from("llo\n")]) },
    { kind: "a stream of texts", content: Readable.from(["hé", "llo\n"]) },
  ])("a file of $kind is read back as it was written", async ({ content }) => {
    const storage = await setup();
    expect(await storage.put(TENANT, "/a/b.txt", content)).toBe("kestra:///a/b.txt");
    expect(await text(await storage.read(TENANT, "kestra:///a/b.txt"))).toBe("héllo\n");
    expect(await text(await storage.read(TENANT, "capstan:///a/b.txt"))).toBe("héllo\n");
    expect(await text(await storage.read(TENANT, "/a/b.txt"))).toBe("héllo\n");
  });

  test("an empty file is a file", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/empty", "");
    expect(await text(await storage.read(TENANT, "/empty"))).toBe("");
    expect(await storage.stat(TENANT, "/empty")).toMatchObject({ type: "file", sizeBytes: 0 });
  });

  test("a large file keeps every byte", async () => {
    const storage = await setup();
    const chunks = Array.from({ length: 48 }, (_, number) => Buffer.alloc(65_536, number));
    await storage.put(TENANT, "/large", Readable.from(chunks));
    expect((await buffer(await storage.read(TENANT, "/large"))).equals(Buffer.concat(chunks))).toBe(true);
  });

  test("a range answers its bytes, both ends included", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/digits", "0123456789");
    const range = async (start: number, end?: number): Promise<string> =>
      text(await storage.read(TENANT, "/digits", end === undefined ? { start } : { start, end }));
    expect(await range(2, 4)).toBe("234");
    expect(await range(0, 0)).toBe("0");
    expect(await range(7)).toBe("789");
    expect(await range(8, 100)).toBe("89");
    expect(await range(10)).toBe("");
    await storage.put(TENANT, "/digits", "");
    expect([await range(0), await range(0, 4), await range(1, 2)]).toEqual(["", "", ""]);
  });

  test("a file is replaced whole", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a", "a long content");
    await storage.put(TENANT, "/a", "short");
    expect(await text(await storage.read(TENANT, "/a"))).toBe("short");
  });

  test("who began to read reads on in the old content when the file is replaced", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a", "old");
    const reading = await storage.read(TENANT, "/a");
    await storage.put(TENANT, "/a", "new");
    expect(await text(reading)).toBe("old");
  });

  test("a file that is being written isn't there yet", async () => {
    const storage = await setup();
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const begun = Promise.withResolvers<void>();
    async function* slowly(): AsyncGenerator<Buffer> {
      yield Buffer.from("first half, ");
      begun.resolve();
      await finished;
      yield Buffer.from("second half");
    }
    const written = storage.put(TENANT, "/slow/file", Readable.from(slowly()));
    await begun.promise;
    expect(await storage.stat(TENANT, "/slow/file")).toBeUndefined();
    expect(await storage.list(TENANT, "/slow")).toEqual([]);
    expect(await storage.list(TENANT, "/")).toEqual([]);
    finish();
    await written;
    expect(await text(await storage.read(TENANT, "/slow/file"))).toBe("first half, second half");
  });

  test("when the source fails, its error comes through and nothing is left", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a", "old");
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.from("half");
      throw new Error("the source broke");
    }
    await expect(storage.put(TENANT, "/a", Readable.from(failing()))).rejects.toThrow("the source broke");
    await expect(storage.put(TENANT, "/b", Readable.from(failing()))).rejects.toThrow("the source broke");
    expect(await text(await storage.read(TENANT, "/a"))).toBe("old");
    expect((await storage.list(TENANT, "/")).map((file) => file.name)).toEqual(["a"]);
  });

  test("a stream that broke before it was read is refused with its own error", async () => {
    const storage = await setup();
    const broken = new Readable({ read() {} });
    broken.destroy(new Error("broken before"));
    await expect(storage.put(TENANT, "/a", broken)).rejects.toThrow("broken before");
    expect(await storage.list(TENANT, "/")).toEqual([]);
  });

  test("a stream that is refused is told so", async () => {
    const storage = await setup();
    const source = new Readable({ read() {} });
    await expect(storage.put(TENANT, "/..", source)).rejects.toMatchObject({ code: "path-invalid" });
    expect(source.destroyed).toBe(true);
  });

  test("a missing file is an error when read, and nothing when asked for", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/folder/file", "x");
    const missing = { name: "StorageError", code: "file-not-found" };
    await expect(storage.read(TENANT, "/nothing")).rejects.toMatchObject(missing);
    await expect(storage.read(TENANT, "/folder")).rejects.toMatchObject(missing);
    await expect(storage.read(TENANT, "/folder/file/deeper")).rejects.toMatchObject(missing);
    expect(await storage.stat(TENANT, "/nothing")).toBeUndefined();
    expect(await storage.stat(TENANT, "/folder/file/deeper")).toBeUndefined();
  });

  test("a file is described", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a/b.txt", "hello");
    const stat = await storage.stat(TENANT, "kestra:///a/b.txt");
    expect(stat).toMatchObject({ path: "/a/b.txt", name: "b.txt", type: "file", sizeBytes: 5 });
    expect(Number.isInteger(stat?.modifiedAt) && Number.isInteger(stat?.createdAt)).toBe(true);
    expect(stat!.modifiedAt).toBeGreaterThan(1_600_000_000_000);
  });

  test("files written at the same time don't disturb each other", async () => {
    const storage = await setup();
    const names = Array.from({ length: 30 }, (_, number) => `/same/folder/${number}`);
    await Promise.all(names.map((name) => storage.put(TENANT, name, name)));
    await Promise.all(Array.from({ length: 10 }, () => storage.put(TENANT, "/same/folder/0", "again")));
    expect(await storage.list(TENANT, "/same/folder")).toHaveLength(30);
    expect(await text(await storage.read(TENANT, "/same/folder/0"))).toBe("again");
    expect(await text(await storage.read(TENANT, "/same/folder/29"))).toBe("/same/folder/29");
  });

  test("nothing is answered after the stop", async () => {
    const storage = await setup();
    await storage.put(TENANT, "/a", "x");
    await storage.stop();
    await expect(storage.put(TENANT, "/a", "y")).rejects.toMatchObject({ code: "storage-closed" });
    await expect(storage.read(TENANT, "/a")).rejects.toMatchObject({ code: "storage-closed" });
    await storage.start();
    expect(await text(await storage.read(TENANT, "/a"))).toBe("x");
  });
}
