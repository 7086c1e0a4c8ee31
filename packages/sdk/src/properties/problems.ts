import type { z } from "zod";

const SHOWN_CHARACTERS = 80;

export type PropertyPath = readonly (string | number)[];

/** Collects what is wrong with the properties of one task; each with the property's path, the reason and a remedy. */
export interface Problems {
  readonly texts: string[];
  readonly paths: Set<string>;
}

export function noProblems(): Problems {
  return { texts: [], paths: new Set() };
}

/** An expression rendered to something else than the property takes. */
export function reportRendered(
  problems: Problems,
  path: PropertyPath,
  expected: string,
  rendered: string,
  isSecret: boolean,
): void {
  const shown = isSecret ? "something else (hidden, as it is a secret)" : quoted(rendered);
  const remedy = `Write ${expected}, or an expression that renders to it`;
  add(problems, path, `expected ${expected}, but got ${shown}. ${remedy}.`);
}

/** The schema refuses a rendered value. */
export function reportIssue(problems: Problems, issue: z.core.$ZodIssue, value: unknown, isSecret: boolean): void {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const found = valueAt(value, path);
  if (issue.code === "invalid_union") {
    const deepest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0];
    if (deepest !== undefined && depthOf(deepest) > 0) {
      for (const inner of deepest)
        reportIssue(problems, { ...inner, path: [...issue.path, ...inner.path] }, value, isSecret);
      return;
    }
  }
  if (found === undefined || found === null) {
    add(problems, path, "is required, but it is missing or rendered to nothing. Give it a value.");
    return;
  }
  const shown = isSecret ? "a hidden value" : describe(found);
  add(problems, path, `${reasonOf(issue)}, but got ${shown}. Correct the value, or what its expression renders to.`);
}

function add(problems: Problems, path: PropertyPath, text: string): void {
  const name = pathText(path);
  if (problems.paths.has(name)) return;
  problems.paths.add(name);
  problems.texts.push(`Property \`${name}\`: ${text}`);
}

/** `options.auth.type`, `files[0]`, `headers['X-Key']`. */
function pathText(path: PropertyPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[\w-]+$/.test(step)) text += `['${step}']`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `expected ${EXPECTED[issue.expected] ?? issue.expected}`;
  if (issue.code === "invalid_value") return `expected one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_union") return `expected ${expectedOfUnion(issue.errors)}`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function expectedOfUnion(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const names = branches.flat().map((issue) => reasonOf(issue).replace(/^expected /, ""));
  return [...new Set(names)].join(" or ");
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return issues.length === 0 ? 0 : Math.min(...issues.map(({ path }) => path.length));
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return `"${text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}"`;
}

function valueAt(value: unknown, path: PropertyPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
