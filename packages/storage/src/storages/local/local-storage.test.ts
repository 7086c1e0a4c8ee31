import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { Storage } from "../../storage.ts";
import { toStorageError } from "./folder-errors.ts";
import { createLocalStorage } from "./local-storage.ts";

const TENANT = "main";

async function setup(): Promise<{ readonly storage: Storage; readonly directory: string; readonly outside: string }> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-local-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const directory = join(folder, "storage");
  const outside = join(folder, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  const storage = createLocalStorage({ directory });
  await storage.start();
  return { storage, directory, outside };
}

test("a file lies in its tenant's folder under its own path", async () => {
  const { storage, directory } = await setup();
  await storage.put(TENANT, "/company/team/_files/a.txt", "hello");
  expect(await readFile(join(directory, "main/company/team/_files/a.txt"), "utf8")).toBe("hello");
});

test("a symbolic link to a folder outside is no way out", async () => {
  const { storage, directory, outside } = await setup();
  await storage.put(TENANT, "/a/file", "x");
  await symlink(outside, join(directory, "main/a/link"));
  const refused = { code: "path-invalid" };
  await expect(storage.read(TENANT, "/a/link/secret")).rejects.toMatchObject(refused);
  await expect(storage.put(TENANT, "/a/link/new", "x")).rejects.toMatchObject(refused);
  await expect(storage.put(TENANT, "/a/link/deep/new", "x")).rejects.toMatchObject(refused);
  await expect(storage.stat(TENANT, "/a/link/secret")).rejects.toMatchObject(refused);
  await expect(storage.list(TENANT, "/a/link")).rejects.toMatchObject(refused);
  await expect(storage.createFolder(TENANT, "/a/link/new")).rejects.toMatchObject(refused);
  await expect(storage.delete(TENANT, "/a/link/secret")).rejects.toMatchObject(refused);
  await expect(storage.move(TENANT, "/a/file", "/a/link/file")).rejects.toMatchObject(refused);
  expect(await readdir(outside)).toEqual(["secret"]);
});

test("a symbolic link to a file outside, or to nowhere, is neither read, written nor listed", async () => {
  const { storage, directory, outside } = await setup();
  await storage.put(TENANT, "/a/file", "x");
  await symlink(join(outside, "secret"), join(directory, "main/a/link"));
  await symlink(join(outside, "missing"), join(directory, "main/a/dangling"));
  for (const path of ["/a/link", "/a/dangling", "/a/dangling/deeper"]) {
    await expect(storage.read(TENANT, path), path).rejects.toMatchObject({ code: "path-invalid" });
    await expect(storage.put(TENANT, path, "x"), path).rejects.toMatchObject({ code: "path-invalid" });
  }
  expect((await storage.list(TENANT, "/a")).map((file) => file.name)).toEqual(["file"]);
  expect(await readdir(outside)).toEqual(["secret"]);
  expect(await storage.delete(TENANT, "/a")).toBe(true);
  expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
});

test("a tenant's folder that links elsewhere is refused", async () => {
  const { storage, directory, outside } = await setup();
  await symlink(outside, join(directory, "main"));
  await expect(storage.read(TENANT, "/secret")).rejects.toMatchObject({ code: "path-invalid" });
  await expect(storage.list(TENANT, "/")).rejects.toMatchObject({ code: "path-invalid" });
});

test("the storage's own folder may be a link", async () => {
  const { directory, outside } = await setup();
  const link = `${directory}-link`;
  await symlink(outside, link);
  const storage = createLocalStorage({ directory: link });
  await storage.start();
  await storage.put(TENANT, "/a", "x");
  expect(await text(await storage.read(TENANT, "/a"))).toBe("x");
  expect(await readFile(join(outside, "main/a"), "utf8")).toBe("x");
});

test("of folders as deep as paths can be, every file is walked to, in the order of the paths", async () => {
  const { storage } = await setup();
  const paths: string[] = [];
  for (let folder = "/d"; folder.length < 940; folder += "/d") {
    paths.push(`${folder}/a`, `${folder}/e`);
    await storage.put("main", `${folder}/a`, "x");
    await storage.put("main", `${folder}/e`, "x");
  }
  const walked = await Array.fromAsync(storage.walk("main", "/"), ({ path }) => path);
  expect(walked).toEqual(paths.toSorted());
  expect(await Array.fromAsync(storage.walk("main", "/d/none"))).toEqual([]);
});

test("a failed write leaves nothing unfinished behind", async () => {
  const { storage, directory } = await setup();
  const failing = new Readable({ read() {} });
  const written = storage.put(TENANT, "/a", failing);
  failing.push("half");
  failing.destroy(new Error("gone"));
  await expect(written).rejects.toThrow("gone");
  expect(await readdir(join(directory, ".unfinished"))).toEqual([]);
});

test("an error of the source that comes from another file keeps its own name", async () => {
  const { storage, outside } = await setup();
  const source = createReadStream(join(outside, "missing"));
  await expect(storage.put(TENANT, "/a", source)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a start sweeps what a dead process left, and leaves alone what a living one writes", async () => {
  const { storage, directory } = await setup();
  for (const name of ["old", "young"]) await writeFile(join(directory, ".unfinished", name), "half");
  const twoDaysAgo = Date.now() / 1_000 - 2 * 86_400;
  await utimes(join(directory, ".unfinished", "old"), twoDaysAgo, twoDaysAgo);
  await storage.start();
  expect(await readdir(join(directory, ".unfinished"))).toEqual(["young"]);
});

test("a start does not mind what another process finishes meanwhile", async () => {
  const { storage, directory, outside } = await setup();
  // Its name is there, and looking at it finds nothing.
  await symlink(join(outside, "finished"), join(directory, ".unfinished", "gone"));
  await storage.start();
  expect(await storage.list(TENANT, "/")).toEqual([]);
});

test("a slow reader slows the writer of a stream down", async () => {
  const { storage } = await setup();
  let produced = 0;
  const endless = new Readable({
    highWaterMark: 65_536,
    read() {
      produced += 65_536;
      this.push(produced > 64 * 1_048_576 ? null : Buffer.alloc(65_536));
    },
  });
  await storage.put(TENANT, "/large", endless);
  const reading = await storage.read(TENANT, "/large");
  const iterator = reading[Symbol.asyncIterator]();
  await iterator.next();
  expect(reading.readableLength).toBeLessThan(1_048_576);
  reading.destroy();
});

test.each([
  ["ENOSPC", "storage-full"],
  ["EDQUOT", "storage-full"],
  ["EACCES", "storage-io"],
  ["EIO", "storage-io"],
  ["ENOENT", "file-not-found"],
])("%s of the system becomes %s", (code, expected) => {
  const error = Object.assign(new Error("refused"), { code, syscall: "write" });
  expect(toStorageError(error, "/a")).toMatchObject({ name: "StorageError", code: expected, cause: error });
});

test("a folder that can't be made is reported at the start", async () => {
  const { outside } = await setup();
  const storage = createLocalStorage({ directory: join(outside, "secret", "storage") });
  await expect(storage.start()).rejects.toMatchObject({ name: "StorageError" });
});
