import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { madeOnce } from "./cached-program.ts";

async function setup() {
  const cache = await mkdtemp(join(tmpdir(), "capstan-cached-"));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  let times = 0;
  const make = async (folder: string) => {
    times += 1;
    await mkdir(join(folder, "left-over"));
    await writeFile(join(folder, "tool"), "works");
    return join(folder, "tool");
  };
  const program = { name: "tool-1", needs: "a compiler", make };
  return { place: join(cache, "deep", "tool-1"), parent: join(cache, "deep"), program, times: () => times };
}

test("a program is made once, and nothing else is kept of the making", async () => {
  const { place, parent, program, times } = await setup();
  expect(await madeOnce(place, program)).toBe(place);
  expect(await madeOnce(place, program)).toBe(place);
  expect([times(), await readFile(place, "utf8"), await readdir(parent)]).toEqual([1, "works", ["tool-1"]]);
});

test("the folder itself may be what is kept", async () => {
  const { place, program } = await setup();
  const whole = async (folder: string) => {
    await program.make(folder);
    return folder;
  };
  await madeOnce(place, { ...program, make: whole });
  expect((await readdir(place)).toSorted()).toEqual(["left-over", "tool"]);
});

test.each(["file", "folder"])("tests that need a %s at the same time all get it, made by one of them", async (kind) => {
  const { place, parent, program, times } = await setup();
  const make = async (folder: string) => {
    const tool = await program.make(folder);
    return kind === "file" ? tool : folder;
  };
  const all = await Promise.all([1, 2, 3].map(() => madeOnce(place, { ...program, make })));
  expect([all, await readdir(parent), times()]).toEqual([[place, place, place], ["tool-1"], 1]);
});

test("a process that is gone keeps nobody from making it", async () => {
  const { place, parent, program } = await setup();
  await mkdir(parent);
  // Above what systems give.
  await writeFile(`${place}.lock`, String(2 ** 30));
  expect(await madeOnce(place, program)).toBe(place);
});

test("one that can't be made says what it needs, and leaves nothing behind", async () => {
  const { place, parent, program } = await setup();
  const make = async () => {
    throw new Error("no compiler");
  };
  await expect(madeOnce(place, { ...program, make })).rejects.toThrow(
    "tool-1 can't be made, which this test needs: a compiler",
  );
  expect(await readdir(parent)).toEqual([]);
});
