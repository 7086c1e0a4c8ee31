import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { env } from "node:process";
import { describe, expect, test } from "vitest";
import { isPair, isScalar, parseAllDocuments, visit } from "yaml";
import { analyse } from "./analysis/analyse.ts";
import { filterNames, functionNames, hostFunctionSignatures } from "./index.ts";

const corpus = env["CAPSTAN_CORPUS"] ?? "";
const folder = join(corpus, "kestra");

/** Expressions that are no Kestra, so that they fail there too: file → what is wrong. */
const KNOWN_MISTAKES: Readonly<Record<string, readonly string[]>> = {
  "ai-document-data-extraction.yaml": ["no filter ternary"],
  "ai-gdpr-dpia-assistant.yaml": ["no filter truncate"],
  // `fromJson` is a function.
  "cloudflare-multizone-dns-from-git.yaml": ["no filter fromJson"],
  // A quote is doubled where a backslash is needed.
  "dropbox-backup-to-s3.yaml": ['Expected ",", not "T"'],
  "fabric-end-to-end-pipeline.yaml": ["no filter dateFormat"],
  "fabric-onelake-download-and-process.yaml": ["no filter dateFormat"],
  "fabric-run-data-pipeline.yaml": ["no filter dateFormat"],
  "influxdb-load-query-data.yaml": ["no function secrets"],
};

/** Prose about the flow, in which braces are no expressions. */
const PROSE = new Set(["extend", "description"]);

function sourcesOf(file: string): string[] {
  const sources: string[] = [];
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    visit(document, (_key, node) => {
      if (isPair(node) && isScalar(node.key) && PROSE.has(String(node.key.value))) return visit.SKIP;
      if (isScalar(node) && typeof node.value === "string" && /\{[{%]/u.test(node.value)) sources.push(node.value);
      return undefined;
    });
  }
  return sources;
}

function mistakesOf(source: string): string[] {
  const { errors, filters, functions } = analyse(source);
  const known = new Set([...functionNames, ...Object.keys(hostFunctionSignatures)]);
  return [
    ...errors.map((error) => error.message),
    ...filters.filter(({ name }) => !filterNames.includes(name)).map(({ name }) => `no filter ${name}`),
    ...functions.filter(({ name }) => !known.has(name)).map(({ name }) => `no function ${name}`),
  ];
}

describe.skipIf(!existsSync(folder))("expressions of real flows", () => {
  const files = ["valids", "blueprints"].flatMap((part) => globSync(join(folder, part, "**/*.{yml,yaml}")).toSorted());

  test("are many", () => {
    expect(files.flatMap(sourcesOf).length).toBeGreaterThan(500);
  });

  test.each(files.map((file) => [basename(file), file] as const))("%s", (name, file) => {
    expect([...new Set(sourcesOf(file).flatMap(mistakesOf))].toSorted()).toEqual(KNOWN_MISTAKES[name] ?? []);
  });
});
