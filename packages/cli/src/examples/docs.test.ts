import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkFlow, formatDiagnostic } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installedCatalogue } from "../catalogue.ts";
import { createProgram } from "../program/program.ts";
import { blocksOf } from "../testing/doc-blocks.ts";
import { ROOT } from "../testing/run-command.ts";
import { shellWords } from "../testing/shell-words.ts";
import { endOf, startRuntime } from "../testing/start-runtime.ts";

const pages = await pagesOf(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "examples/README.md", "docs"]);
const blocks = (await Promise.all(pages.map(blocksOf))).flat();
const flows = blocks.filter(({ language, text }) => language === "yaml" && /^tasks:/m.test(text));
const commands = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ page, text }) => text.split("\n").map((line) => [page, line.replace(/ {2}#.*/, "").trim()] as const))
  .filter(([, line]) => /^(?:npx )?capstan /.test(line));
const catalogue = installedCatalogue();

test("the guides have flows and commands", () => {
  expect(flows.length).toBeGreaterThan(10);
  expect(commands.length).toBeGreaterThan(10);
});

test.each(flows.map((block) => [block.page, block] as const))("a flow in %s is valid", (page, { text }) => {
  const { diagnostics } = checkFlow(text, catalogue);
  expect(diagnostics.map((diagnostic) => formatDiagnostic(page, diagnostic))).toEqual([]);
});

test.each(commands)("in %s, the command line takes %s", async (_page, line) => {
  const words = shellWords(line.replace(/^npx /, "").replace(/ (?:\||>|&&) .*/, "")).slice(1);
  await expect(quiet(createProgram(() => undefined)).parseAsync(words, { from: "user" })).resolves.toBeDefined();
});

test.each(pages)("links in %s lead to a file", async (page) => {
  const text = await readFile(join(ROOT, page), "utf8");
  const links = Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g), ([, link = ""]) => link);
  const missing = links.filter((link) => !link.includes(":") && !existsSync(join(ROOT, dirname(page), link)));
  expect(missing).toEqual([]);
});

describe("on one instance", () => {
  let runtime: Runtime;
  let stop: () => Promise<void>;
  let service: LocalServer;
  beforeAll(async () => {
    service = await startServer((_request, response) => response.end("ok"));
    const environment = {
      SECRET_API_TOKEN: base64("token"),
      SECRET_SLACK_WEBHOOK: base64(`${service.url}/slack`),
      SECRET_DISCORD_WEBHOOK: base64(`${service.url}/discord`),
      ENV_STAGE: "test",
    };
    ({ runtime, stop } = await startRuntime({ environment }));
    for (const { text } of flows) await runtime.flows.save("main", text, { mode: "apply" });
  }, 60_000);
  afterAll(async () => {
    await stop();
    await service[Symbol.asyncDispose]();
  });

  const runnable = flows.filter(({ marks }) => !marks.includes("norun"));
  test.each(runnable.map((block) => [block.page, /^id: *(\S+)/m.exec(block.text)?.[1] ?? "", block] as const))(
    "a flow in %s runs: %s",
    async (_page, flowId, { text, marks }) => {
      const namespace = /^namespace: *(\S+)/m.exec(text)?.[1] ?? "";
      const { id } = await runtime.executions.create({ tenant: "main", namespace, flowId });
      const { state, runs } = await endOf(runtime, id);
      expect(state, runs).toBe(marks.find((mark) => mark.startsWith("ends="))?.slice(5) ?? "SUCCESS");
    },
  );
});

function base64(source: string): string {
  return Buffer.from(source).toString("base64");
}

/** The same command line, which does nothing and says nothing. */
function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const child of command.commands) quiet(child);
  if (command.commands.length === 0) command.action(() => undefined);
  return command;
}

async function pagesOf(names: readonly string[]): Promise<readonly string[]> {
  const found = names.map(async (name) => {
    if (name.endsWith(".md")) return [name];
    const entries = await readdir(join(ROOT, name), { recursive: true });
    return entries.filter((entry) => entry.endsWith(".md")).map((entry) => `${name}/${entry}`);
  });
  return (await Promise.all(found)).flat();
}
