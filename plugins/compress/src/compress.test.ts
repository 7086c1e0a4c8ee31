import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { brotliDecompressSync, gunzipSync, gzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archiveCompress } from "./archive-compress.ts";
import { archiveDecompress } from "./archive-decompress.ts";
import { fileCompress } from "./file-compress.ts";
import { fileDecompress } from "./file-decompress.ts";
import plugin from "./index.ts";
import { tarOf } from "@capstan/sdk/tar";

const FROM = "kestra:///in/some file.txt";

function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "../fixtures", name));
}

/** Runs a task on stored files, of which the first is that named FROM; answers what was stored by it. */
async function run(task: TaskDefinition, properties: JsonMap, ...contents: (string | Uint8Array)[]) {
  await using world = createTestWorld({ now: () => Date.parse("2024-03-01T10:00:00Z") });
  for (const [index, content] of contents.entries())
    world.files.seed(index === 0 ? FROM : `kestra:///in/${index}`, content);
  const { state, message, outputs = {} } = await world.run(task, properties);
  const read = async (uri: unknown) =>
    Buffer.concat((await Array.fromAsync(await world.files.read(String(uri)))) as Buffer[]);
  const files: Record<string, string> = {};
  for (const [name, uri] of Object.entries((outputs["files"] ?? {}) as Record<string, string>))
    files[name] = (await read(uri)).toString();
  const { uri = "" } = outputs;
  const left = await readdir(await world.workingDirectory());
  return {
    state,
    message,
    outputs,
    files,
    uri: String(uri),
    bytes: uri === "" ? Buffer.alloc(0) : await read(uri),
    logs: world.logs,
    left,
  };
}

async function tarWith(...names: string[]): Promise<Buffer> {
  const files = names.map((name) => ({ name, size: 1, content: async () => Readable.from([Buffer.from("x")]) }));
  return Buffer.concat(await Array.fromAsync(tarOf(files, 0)));
}

async function zipWith(name: string, content: string): Promise<Buffer> {
  return (await run(archiveCompress, { algorithm: "ZIP", from: { [name]: FROM } }, content)).bytes;
}

/** Puts another name of the same length in its place. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  return Buffer.from(archive.toString("latin1").replaceAll(from, to), "latin1");
}

describe("archives", () => {
  const from = { "data/é a.txt": FROM, [`${"deep/".repeat(40)}x`]: "kestra:///in/1", empty: "kestra:///in/2" };
  const contents = ["hello", "x".repeat(100_000), ""];
  const files = Object.fromEntries(Object.keys(from).map((name, index) => [name, contents[index]]));

  test.each([
    ["ZIP", undefined, /-archive\.zip$/],
    ["JAR", undefined, /-archive\.jar$/],
    ["ZIP", "GZIP", /-archive\.zip\.gz$/],
    ["TAR", undefined, /-archive\.tar$/],
    ["TAR", "GZIP", /-archive\.tar\.gz$/],
    ["TAR", "DEFLATE", /-archive\.tar\.deflate$/],
    ["TAR", "BROTLI", /-archive\.tar\.br$/],
    ["TAR", "ZSTD", /-archive\.tar\.zst$/],
  ])("what is packed as %s and %s comes out again", async (algorithm, compression, name) => {
    const properties = { algorithm, ...(compression !== undefined && { compression }) };
    const packed = await run(archiveCompress, { from, ...properties }, ...contents);
    expect(packed.message).toBeUndefined();
    expect(packed.uri).toMatch(name);
    expect(packed.logs.at(-1)!.message).toContain("3 files of 100005 bytes packed into");
    const unpacked = await run(archiveDecompress, { from: FROM, ...properties }, packed.bytes);
    expect(unpacked.message).toBeUndefined();
    expect(unpacked.files).toEqual(files);
    expect(unpacked.left).toEqual([]);
  });

  const common = { "folder/a b.txt": "hello", empty: "" };
  const thousand = "x".repeat(1_000);
  test.each<[string, JsonMap, Record<string, string>, number]>([
    [
      "python-gnu.tar.gz",
      { algorithm: "TAR", compression: "GZIP" },
      { ...common, [`${"deep/".repeat(30)}é-file.txt`]: thousand },
      1,
    ],
    [
      "python-pax.tar.gz",
      { algorithm: "TAR", compression: "GZIP" },
      { ...common, [`${"deep/".repeat(30)}é-file.txt`]: thousand },
      1,
    ],
    [
      "python-ustar.tar.gz",
      { algorithm: "TAR", compression: "GZIP" },
      { ...common, [`${"p".repeat(90)}/${"n".repeat(90)}`]: thousand },
      1,
    ],
    ["python.zip", { algorithm: "ZIP" }, { ...common, "é.txt": thousand }, 0],
  ])(
    "%s, which another program wrote, is read without folders and links",
    async (name, properties, expected, warnings) => {
      const { files, outputs, logs } = await run(archiveDecompress, { from: FROM, ...properties }, fixture(name));
      expect(files).toEqual(expected);
      expect(logs.filter(({ level }) => level === "WARN")).toHaveLength(warnings);
      expect((outputs["files"] as Record<string, string>)["folder/a b.txt"]).toMatch(/-a_b\.txt$/);
    },
  );

  test.each(["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x"])("the name %s fails the task", async (name) => {
    const message = `The name ${JSON.stringify(name)} can't be that of a file in an archive: it leads out of it.`;
    expect((await run(archiveDecompress, { from: FROM, algorithm: "TAR" }, await tarWith("ok", name))).message).toBe(
      message,
    );
    expect((await run(archiveCompress, { algorithm: "TAR", from: { [name]: FROM } }, "x")).message).toBe(message);
  });

  test.each(["../x", "/etc"])("the name %s in a ZIP fails the task", async (name) => {
    const zip = renamed(await zipWith("aaaa", "x"), "aaaa", name);
    const { state, message, outputs } = await run(archiveDecompress, { from: FROM, algorithm: "ZIP" }, zip);
    expect(state).toBe("FAILED");
    expect(message).toMatch(/^The ZIP archive can't be read: (?:invalid relative|absolute) path/);
    expect(outputs).toEqual({});
  });

  test("of two files with one name the last counts, and the log warns", async () => {
    const { files, logs } = await run(archiveDecompress, { from: FROM, algorithm: "TAR" }, await tarWith("a", "./a"));
    expect(files).toEqual({ a: "x" });
    expect(logs).toContainEqual({ level: "WARN", message: "The archive has two files named a; the last one counts" });
  });

  test("they may have so many files, and no more", async () => {
    const tar = await tarWith("a", "b");
    const properties = { from: FROM, algorithm: "TAR" };
    expect((await run(archiveDecompress, { ...properties, maxEntries: 2 }, tar)).state).toBe("SUCCESS");
    expect((await run(archiveDecompress, { ...properties, maxEntries: 1 }, tar)).message).toContain(
      "more than 1 files. Raise `maxEntries`",
    );
  });

  test.each(["TAR", "ZIP"])("so many bytes may come out of a %s, all in all, and no more", async (algorithm) => {
    const properties = { from: FROM, algorithm };
    const { bytes } = await run(
      archiveCompress,
      { algorithm, from: { a: FROM, b: "kestra:///in/1" } },
      "x".repeat(50_000),
      "y".repeat(50_000),
    );
    expect((await run(archiveDecompress, { ...properties, maxUnpackedBytes: 100_000 }, bytes)).state).toBe("SUCCESS");
    const { message, left } = await run(archiveDecompress, { ...properties, maxUnpackedBytes: 99_999 }, bytes);
    expect(message).toBe(
      "More than 99999 bytes come out of the file. Raise `maxUnpackedBytes` if that is what it holds.",
    );
    expect(left).toEqual([]);
  });

  test.each<[JsonMap, string]>([
    [
      { algorithm: "AR", from: { a: FROM } },
      "Archives of the kind AR can't be read or written here: ZIP, JAR and TAR can",
    ],
    [
      { algorithm: "TAR", compression: "BZIP2", from: { a: FROM } },
      "can't be packed or unpacked with BZIP2 here: BROTLI, DEFLATE, GZIP, ZSTD can",
    ],
    [{ algorithm: "TAR", from: {} }, "`from` names no files"],
    [{ algorithm: "TAR", from: { a: null } }, "`from` has no URI for the file a"],
    [{ algorithm: "TAR", from: { a: FROM, "./a": FROM } }, "`from` has two files named a"],
    [{ algorithm: "TAR", from: { a: "kestra:///none" } }, "kestra:///none does not exist"],
  ])("%j is refused", async (properties, message) => {
    expect((await run(archiveCompress, properties, "x")).message).toContain(message);
  });

  test("a file that changes while it is packed fails the task", async () => {
    const files = [{ name: "a", size: 2, content: async () => Readable.from([Buffer.from("x")]) }];
    await expect(Array.fromAsync(tarOf(files, 0))).rejects.toThrow("it had 2 bytes, now 1");
  });

  const damaged = async (change: (bytes: Buffer) => Buffer | void) => {
    const tar = await tarWith("a");
    return change(tar) ?? tar;
  };
  test.each<[string, JsonMap, () => Promise<Uint8Array>, string | RegExp]>([
    ["another file", { algorithm: "TAR" }, async () => Buffer.alloc(512, "x"), "The file is no TAR archive. Check"],
    ["an empty file", { algorithm: "TAR" }, async () => Buffer.alloc(0), "The file is no TAR archive: it is empty"],
    ["a cut TAR", { algorithm: "TAR" }, () => damaged((tar) => tar.subarray(0, 512)), "it ends within a file"],
    ["another ZIP", { algorithm: "ZIP" }, async () => Buffer.from("x"), "The file is no ZIP archive: "],
    ["a ZIP as TAR", { algorithm: "TAR" }, () => zipWith("a", "x".repeat(1_000)), /no TAR archive|damaged/],
    [
      "another packing",
      { algorithm: "TAR", compression: "GZIP" },
      () => tarWith("a"),
      "The archive can't be unpacked with GZIP: incorrect header check",
    ],
    [
      "a cut packing",
      { algorithm: "TAR", compression: "GZIP" },
      async () => gzipSync(await tarWith("a")).subarray(0, 40),
      "unexpected end of file",
    ],
    [
      "a ZIP with other bytes",
      { algorithm: "ZIP" },
      async () => renamed(fixture("python.zip"), "xxxx", "xxxy"),
      "The file é.txt of the ZIP archive can't be read: its check sum is another one",
    ],
  ])("%s fails the task", async (_what, properties, content, message) => {
    const outcome = await run(archiveDecompress, { from: FROM, ...properties }, await content());
    expect(outcome).toMatchObject({
      state: "FAILED",
      message: message instanceof RegExp ? expect.stringMatching(message) : expect.stringContaining(message),
    });
    expect(outcome.left).toEqual([]);
  });

  test("an encrypted file of a ZIP is told", async () => {
    const zip = await zipWith("a", "x");
    // Bit 0 of the flags, in the header of the file and in the index.
    zip[6]! |= 1;
    zip[zip.indexOf("PK\u0001\u0002") + 8]! |= 1;
    expect((await run(archiveDecompress, { from: FROM, algorithm: "ZIP" }, zip)).message).toContain("is encrypted");
  });
});

describe("files", () => {
  const text = "some text ".repeat(10_000);

  test.each([
    ["GZIP", ".gz", gunzipSync],
    ["DEFLATE", ".deflate", inflateSync],
    ["BROTLI", ".br", brotliDecompressSync],
    ["ZSTD", ".zst", zstdDecompressSync],
  ])("packed with %s come out again", async (compression, extension, unpack) => {
    const packed = await run(fileCompress, { from: FROM, compression }, text);
    expect(packed.uri).toMatch(new RegExp(`-some_file\\.txt\\${extension}$`));
    expect(packed.bytes.length).toBeLessThan(1_000);
    expect(unpack(packed.bytes).toString()).toBe(text);
    const unpacked = await run(fileDecompress, { from: FROM, compression }, packed.bytes);
    expect(unpacked.bytes.toString()).toBe(text);
  });

  test("lose the extension when they are unpacked", async () => {
    await using world = createTestWorld();
    const from = world.files.seed("kestra:///in/data.csv.GZ", gzipSync("a,b"));
    const { outputs } = await world.run(fileDecompress, { from, compression: "GZIP" });
    expect(outputs?.["uri"]).toMatch(/-data\.csv$/);
  });

  test("may have so many bytes unpacked, and no more", async () => {
    const properties = { from: FROM, compression: "GZIP" };
    const packed = gzipSync(Buffer.alloc(1_000_000));
    expect((await run(fileDecompress, { ...properties, maxUnpackedBytes: 1_000_000 }, packed)).state).toBe("SUCCESS");
    expect((await run(fileDecompress, { ...properties, maxUnpackedBytes: 999_999 }, packed)).message).toContain(
      "More than 999999 bytes",
    );
  });

  test.each([
    ["XZ", "x", "can't be packed or unpacked with XZ here"],
    ["GZIP", "x".repeat(100), "The file can't be unpacked with GZIP: incorrect header check. Check `compression`"],
    ["ZSTD", "x".repeat(100), "The file can't be unpacked with ZSTD: "],
    ["BROTLI", "\u00ff".repeat(100), "The file can't be unpacked with BROTLI: "],
    ["DEFLATE", "x".repeat(100), "The file can't be unpacked with DEFLATE: "],
  ])("with %s of %j fail the task", async (compression, content, message) => {
    expect((await run(fileDecompress, { from: FROM, compression }, content)).message).toContain(message);
  });
});

test.each<[string, JsonMap]>([
  ["ArchiveDecompress", { from: FROM, algorithm: "TAR", compression: "GZIP" }],
  ["ArchiveDecompress", { from: FROM, algorithm: "ZIP" }],
  ["ArchiveCompress", { from: { a: FROM }, algorithm: "TAR" }],
  ["ArchiveCompress", { from: { a: FROM }, algorithm: "ZIP", compression: "ZSTD" }],
  ["FileCompress", { from: FROM, compression: "BROTLI" }],
  ["FileDecompress", { from: FROM, compression: "GZIP" }],
])(
  "%s with %j: a kill ends the reading, although the source is silent, and leaves nothing behind",
  async (name, properties) => {
    const abort = new AbortController();
    await using world = createTestWorld({ signal: abort.signal });
    const task = plugin.definitions.find(({ type }) => type.endsWith(`.${name}`)) as TaskDefinition;
    const context = world.context<never>(task, properties);
    const source = new PassThrough();
    const reading = Promise.withResolvers<void>();
    const files = {
      ...world.files,
      sizeBytes: async () => 10,
      async read() {
        reading.resolve();
        return source;
      },
    };
    const running = task.run!({ ...context, files });
    await reading.promise;
    abort.abort();
    await expect(running).rejects.toThrow("abort");
    expect(source.destroyed).toBe(true);
    expect(world.files.uris()).toEqual([]);
    expect(await readdir(await world.workingDirectory())).toEqual([]);
  },
);

test("what comes out of an archive is never in memory as a whole", async () => {
  await using world = createTestWorld();
  const pieces = 2_000;
  let given = 0;
  const content = async () =>
    Readable.from(
      (function* () {
        for (; given < pieces; given += 1) yield Buffer.alloc(16_384, given);
      })(),
    );
  const tar = Readable.from(tarOf([{ name: "a", size: pieces * 16_384, content }], 0));
  const context = world.context<never>(archiveDecompress, { from: FROM, algorithm: "TAR" });
  let taken = 0;
  let ahead = 0;
  const files = {
    ...world.files,
    read: async () => tar,
    async put(_name: string, stored: Readable | Uint8Array | string) {
      for await (const piece of stored as Readable) {
        taken += (piece as Buffer).length;
        ahead = Math.max(ahead, given * 16_384 - taken);
      }
      return "kestra:///out";
    },
  };
  expect(await archiveDecompress.run!({ ...context, files })).toEqual({ files: { a: "kestra:///out" } });
  expect(taken).toBe(pieces * 16_384);
  expect(ahead).toBeLessThan(2_000_000);
});
