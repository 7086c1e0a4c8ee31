import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { packedFile as file } from "../test-kit/packed-file.ts";
import { readTar } from "./read-tar.ts";
import { type FileToPack, tarOf } from "./write-tar.ts";

const LONG = `${"folder/".repeat(20)}file`;

const FILES: readonly FileToPack[] = [
  file("folder/", "", { kind: "folder", mode: 0o750 }),
  file("folder/plain", "text"),
  file("run.sh", "#!/bin/sh", { mode: 0o755, owner: { uid: 1_000, gid: 3_000_000_000 } }),
  file(LONG, "deep"),
  file("short", "", { kind: "symlink", target: "folder/plain", mode: 0o777 }),
  file("far", "", { kind: "symlink", target: LONG, mode: 0o777 }),
];

async function entriesOf(archive: AsyncIterable<Uint8Array>) {
  const entries = [];
  for await (const { content, ...entry } of readTar(archive)) {
    const text = Buffer.concat(await Array.fromAsync(content)).toString("utf8");
    entries.push({ ...entry, text });
  }
  return entries;
}

const EXPECTED = [
  { name: "folder/", kind: "folder", mode: 0o750, size: 0, text: "" },
  { name: "folder/plain", kind: "file", mode: 0o644, size: 4, text: "text" },
  { name: "run.sh", kind: "file", mode: 0o755, size: 9, text: "#!/bin/sh" },
  { name: LONG, kind: "file", mode: 0o644, size: 4, text: "deep" },
  { name: "short", kind: "symlink", target: "folder/plain", mode: 0o777, size: 0, text: "" },
  { name: "far", kind: "symlink", target: LONG, mode: 0o777, size: 0, text: "" },
];

test("what is packed is read as it was, with long names, rights and links", async () => {
  expect(await entriesOf(tarOf(FILES, 0))).toEqual(EXPECTED);
});

test("the system's tar reads what is packed, with its owners", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-tar-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "a.tar");
  await writeFile(path, Buffer.concat(await Array.fromAsync(tarOf(FILES, 0))));
  const listed = execFileSync("tar", ["--numeric-owner", "-tvf", path], { encoding: "utf8" }).trim().split("\n");
  expect(listed).toHaveLength(FILES.length);
  expect(listed[2]).toMatch(/^-rwxr-xr-x 1000\/3000000000 +9 .* run\.sh$/);
  expect(listed[5]).toMatch(new RegExp(`far -> ${LONG}$`));
});

test("archives of the system's tar are read, with hard links", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-tar-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const script = `echo x > a; ln a b; ln -s ${"y".repeat(150)} c; mkfifo d; tar -cf - a b c d`;
  const archive = execFileSync("sh", ["-c", script], { cwd: folder });
  const entries = await entriesOf(Readable.from([archive]));
  expect(entries.map(({ name, kind, target }) => [name, kind, target])).toEqual([
    ["a", "file", undefined],
    ["b", "hardlink", "a"],
    ["c", "symlink", "y".repeat(150)],
    ["d", "other", undefined],
  ]);
});
