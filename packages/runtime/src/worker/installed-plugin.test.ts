import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createCatalogue } from "@capstan/model";
import { expect, onTestFinished, test } from "vitest";
import { importPlugins, type InstalledPlugin, typesOf } from "./installed-plugin.ts";

const LOADED = "capstanTestPluginLoaded";

/** The catalogue of a plugin with such a module, that is said to define these tasks. */
async function catalogueOf(source: string, ...tasks: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "capstan-plugin-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "plugin.mjs");
  await writeFile(path, source);
  const types = tasks.map((type) => ({ type, element: "task" as const, aliases: [`${type}Old`] }));
  const plugin: InstalledPlugin = { module: pathToFileURL(path).href, types };
  return { module: plugin.module, catalogue: createCatalogue(typesOf([plugin])) };
}

/** A manifest that counts how often it is loaded. */
const counting = (count: string) =>
  `globalThis.${count} = (globalThis.${count} ?? 0) + 1;
   const task = (type) => ({ type, element: "task", title: type });
   export default { name: "x", title: "X", category: "Test", definitions: [task("x.One"), task("x.Two")] };`;

test("a plugin is loaded once, by the first use of one of its types", async () => {
  const loads = () => (globalThis as Record<string, unknown>)[LOADED];
  const { catalogue } = await catalogueOf(counting(LOADED), "x.One", "x.Two");
  expect([...catalogue.types("task")]).toEqual(["x.One", "x.Two"]);
  expect([catalogue.nameOf("x.OneOld"), catalogue.nameOf("x.Three"), loads()]).toEqual(["x.One", undefined, undefined]);
  expect([catalogue.find("x.OneOld")?.title, catalogue.find("x.Two")?.title, loads()]).toEqual(["x.One", "x.Two", 1]);
  expect(catalogue.find("x.One")).toBe(catalogue.find("x.OneOld"));
});

test("a type that its plugin lacks is named", async () => {
  const { module, catalogue } = await catalogueOf(counting("other"), "x.Three");
  expect(() => catalogue.find("x.Three")).toThrow(`the plugin ${module} defines no task x.Three: install it anew`);
});

test.each([
  ["plugin.mjs", "export default { name: 'x', definitions: [] };"],
  ["plugin.mjs", "export const plugin = { name: 'x', definitions: [] };"],
  ["plugin.cjs", "module.exports = { name: 'x', definitions: [] };"],
  ["plugin.cjs", "exports.__esModule = true; exports.default = { name: 'x', definitions: [] };"],
  ["plugin.cjs", "exports['plugin'] = { name: 'x', definitions: [] };"],
])("the module %s with %j has one plugin", async (name, source) => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-plugin-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, source);
  expect(await importPlugins([pathToFileURL(path).href])).toEqual([{ name: "x", definitions: [] }]);
});

test.each([
  ["throw new Error('no licence')", "can't be loaded: no licence"],
  ["export const name = 'x';", "exports no plugin"],
])("a module with %j is named with what is wrong", async (source, reason) => {
  const { module, catalogue } = await catalogueOf(source, "x.One");
  expect(() => catalogue.find("x.One")).toThrow(module);
  expect(() => catalogue.find("x.One")).toThrow(reason);
});
