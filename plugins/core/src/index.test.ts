import { execFile } from "node:child_process";
import { glob, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { corePlugin } from "./index.ts";

const HERE = import.meta.dirname;

async function definitionsOfFolder(): Promise<string[]> {
  const types: string[] = [];
  for await (const file of glob("*/*.ts", { cwd: HERE, exclude: ["**/*.test.ts"] })) {
    const source = await readFile(`${HERE}/${file}`, "utf8");
    types.push(...Array.from(source.matchAll(/^ {2}type: "(io\.kestra[\w.$]+)"/gm), (match) => match[1]!));
  }
  return types.toSorted();
}

test("the manifest holds what the folder defines", async () => {
  expect(corePlugin.definitions.map(({ type }) => type).toSorted()).toEqual(await definitionsOfFolder());
});

test("types and aliases are unique", () => {
  const names = corePlugin.definitions.flatMap(({ type, aliases = [] }) => [type, ...aliases]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(corePlugin.definitions.map((definition) => [definition.type, definition] as const))(
  "%s is described",
  (type, definition) => {
    expect(definition.title).not.toBe("");
    expect(definition.examples?.length ?? 0).toBeGreaterThan(0);
    for (const { code } of definition.examples ?? []) {
      expect(code).toContain(`type: ${type}\n`);
      expect(code).toMatch(/^id: [\w-]+\n/);
      const written = Array.from(code.matchAll(/^(\w+):/gm), (match) => match[1]!);
      const known = new Set([...Object.keys(definition.properties.shape), "id", "type", "retry"]);
      expect(written.filter((name) => !known.has(name))).toEqual([]);
      expect(requiredOf(definition.properties).filter((name) => !written.includes(name))).toEqual([]);
    }
  },
);

test("every property and output has a description", () => {
  const missing = corePlugin.definitions.flatMap(({ type, properties, outputs }) =>
    [...Object.entries(properties.shape), ...Object.entries(outputs?.shape ?? {})]
      .filter(([, schema]) => (z.globalRegistry.get(schema)?.description ?? "") === "")
      .map(([name]) => `${type} ${name}`),
  );
  expect(missing).toEqual([]);
});

test("importing the manifest loads no library beyond those of the SDK", async () => {
  const script = `
    const loaded = [];
    require("node:module").registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    import(${JSON.stringify(`${HERE}/index.ts`)}).then(() => console.log(JSON.stringify(loaded)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--eval", script]);
  const foreign = (JSON.parse(stdout) as string[]).filter(
    (url) =>
      !/^node:|\/plugins\/core\/|\/packages\/(?:sdk|model|expression)\/|\/node_modules\/(?:zod|yaml)\//.test(url),
  );
  expect(foreign).toEqual([]);
});

function requiredOf(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape)
    .filter(([, part]) => !(part as z.ZodType).safeParse(undefined).success)
    .map(([name]) => name);
}
