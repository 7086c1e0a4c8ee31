import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { packedFile as file } from "../test-kit/packed-file.ts";
import { unpackFolder } from "./unpack-folder.ts";
import { type FileToPack, tarOf } from "./write-tar.ts";

const link = (name: string, target: string) => file(name, "", { kind: "symlink", target });

async function setup() {
  const outside = await mkdtemp(join(tmpdir(), "capstan-unpack-test-"));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  const folder = await mkdtemp(join(outside, "folder-"));
  const warnings: string[] = [];
  const none = () => undefined;
  const log = { trace: none, debug: none, info: none, warn: (text: string) => void warnings.push(text), error: none };
  const unpack = (files: readonly FileToPack[], isWanted = (_path: string) => true) =>
    unpackFolder(Readable.from(tarOf(files, 0)), folder, { isWanted, log });
  return { outside, folder, unpack, warnings };
}

test("files take the places of those that were there, without special rights", async () => {
  const { folder, unpack } = await setup();
  await writeFile(join(folder, "a"), "old and longer");
  const paths = await unpack([
    file("work/", "", { kind: "folder" }),
    file("work/a", "new", { mode: 0o4_755 }),
    file("work/b/c", "deep"),
  ]);
  expect([...paths]).toEqual(["a", "b/c"]);
  expect(await readFile(join(folder, "a"), "utf8")).toBe("new");
  expect((await stat(join(folder, "a"))).mode & 0o7_000).toBe(0);
});

test.each(["work/../../evil", "work/b/../../../evil"])(
  "the name %s leads out of the folder, and is refused",
  async (name) => {
    const { unpack } = await setup();
    await expect(unpack([file(name, "x")])).rejects.toThrow("leads out of the working folder");
  },
);

test("nothing is written through a link, of the archive or of the folder", async () => {
  const { outside, folder, unpack } = await setup();
  await writeFile(join(outside, "kept"), "kept");
  await symlink(outside, join(folder, "there"));
  await symlink(join(outside, "kept"), join(folder, "file"));
  await unpack([file("work/there/kept", "evil"), file("work/file", "evil")]);
  expect(await readFile(join(outside, "kept"), "utf8")).toBe("kept");
  expect((await lstat(join(folder, "there"))).isDirectory()).toBe(true);
  const second = await setup();
  await second.unpack([link("work/a", second.outside), file("work/a/evil", "x")]);
  await expect(stat(join(second.outside, "evil"))).rejects.toThrow("ENOENT");
});

test("a folder can't be changed for a link behind its files", async () => {
  const { outside, unpack } = await setup();
  await expect(unpack([file("work/a/b", "1"), link("work/a", outside), file("work/a/evil", "x")])).rejects.toThrow(
    "the archive names the file a twice",
  );
});

test.each([
  { name: "an absolute one", links: [["out", "/etc/hostname"]] },
  { name: "one by steps up", links: [["out", "../kept"]] },
  {
    name: "one through another",
    links: [
      ["p/q/up", "../.."],
      ["out", "p/q/up/../kept"],
    ],
  },
  { name: "one that leads nowhere", links: [["out", "nothing"]] },
])("$name of the links is left out", async ({ links }) => {
  const { outside, folder, unpack, warnings } = await setup();
  await writeFile(join(outside, "kept"), "kept");
  const paths = await unpack([
    file("work/p/q/file"),
    ...links.map(([name = "", target = ""]) => link(`work/${name}`, target)),
  ]);
  expect(paths.has("out")).toBe(false);
  await expect(lstat(join(folder, "out"))).rejects.toThrow("ENOENT");
  expect(warnings).toEqual([expect.stringContaining("the link out is left in the container")]);
});

test("a link within the folder stays", async () => {
  const { folder, unpack } = await setup();
  await unpack([link("work/short", "deep/file"), file("work/deep/file", "1")]);
  expect(await readFile(join(folder, "short"), "utf8")).toBe("1");
});

test("what is not wanted is left out", async () => {
  const { folder, unpack } = await setup();
  await unpack([file("work/a", "1"), file("work/b", "2")], (path) => path === "b");
  await expect(stat(join(folder, "a"))).rejects.toThrow("ENOENT");
});
