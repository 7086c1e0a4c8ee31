import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeCsv } from "./csv.ts";
import { readZip } from "./read-zip.ts";
import { writeZip } from "./write-zip.ts";

const LIMITS = { archiveEntriesMax: 10, archiveContentBytesMax: 1_000_000 };
const FILES = { "a/ü.txt": "content ".repeat(1000), "empty.txt": "", "b.bin": "\0\u0001" };

function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const modifiedAt = Date.UTC(2026, 0, 2, 3, 4, 6);
  return buffer(
    writeZip(Object.entries(files).map(([name, text]) => ({ name, modifiedAt, content: async () => text }))),
  );
}

async function contents(zip: Buffer, limits = LIMITS) {
  const files = readZip(zip, limits);
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.name, (await file.content()).toString()] as const)),
  );
}

test("what is written is read back", async () => {
  expect(await contents(await zipOf(FILES))).toEqual(FILES);
  expect(await contents(await zipOf({}))).toEqual({});
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!hasPython)("another program reads the archive", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "zip-")), "a.zip");
  writeFileSync(path, await zipOf(FILES));
  const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), sorted(z.namelist()))";
  const shown = execFileSync("python3", ["-c", script, path], { encoding: "utf8" });
  expect(shown.trim()).toBe("None ['a/ü.txt', 'b.bin', 'empty.txt']");
});

test("a source that fails breaks the archive off", async () => {
  const failing = new Readable({ read: () => failing.destroy(new Error("gone")) });
  const entry = { name: "a", modifiedAt: 0, content: async () => failing };
  await expect(buffer(writeZip([entry]))).rejects.toThrow("gone");
});

test("an archive that is cut off, damaged or encrypted is refused", async () => {
  const zip = await zipOf(FILES);
  expect(() => readZip(zip.subarray(0, 100), LIMITS)).toThrow(/no directory/);
  const directory = zip.readUInt32LE(zip.length - 6);
  const encrypted = Buffer.from(zip);
  encrypted[directory + 8]! |= 1;
  expect(() => readZip(encrypted, LIMITS)).toThrow(/encrypted/);
  const damaged = Buffer.from(zip);
  damaged[45] = damaged[45]! ^ 0xff;
  await expect(contents(damaged)).rejects.toThrow(/can't be unpacked|damaged/);
  const wild = Buffer.from(zip);
  wild.writeUInt32LE(0xffff_0000, zip.length - 6);
  expect(() => readZip(wild, LIMITS)).toThrow(/cut off/);
});

test("an archive beyond a limit is refused before it is unpacked, one at the limit is not", async () => {
  const zip = await zipOf(FILES);
  expect(readZip(zip, { ...LIMITS, archiveEntriesMax: 3 })).toHaveLength(3);
  expect(() => readZip(zip, { ...LIMITS, archiveEntriesMax: 2 })).toThrow(/3 entries, more than 2/);
  const bytes = Object.values(FILES).join("").length;
  expect(readZip(zip, { ...LIMITS, archiveContentBytesMax: bytes })).toHaveLength(3);
  expect(() => readZip(zip, { ...LIMITS, archiveContentBytesMax: bytes - 1 })).toThrow(/more than/);
});

test("an entry that unpacks to more than it says is refused", async () => {
  const zip = await zipOf({ "bomb.txt": "x".repeat(500_000) });
  const directory = zip.readUInt32LE(zip.length - 6);
  const lying = Buffer.from(zip);
  lying.writeUInt32LE(10, directory + 24);
  await expect(contents(lying)).rejects.toThrow(/can't be unpacked/);
});

test("cells of a table are quoted where they must be", async () => {
  async function* rows() {
    yield { a: 'say "hi"', b: 1 };
    yield { a: "x,y\n", b: 2 };
  }
  const table = writeCsv<{ a: string; b: number }>(
    { name: ({ a }) => a, number: ({ b }) => b, none: () => undefined },
    rows(),
  );
  expect((await buffer(table)).toString()).toBe('name,number,none\r\n"say ""hi""",1,\r\n"x,y\n",2,\r\n');
});
