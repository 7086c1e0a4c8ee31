import type { z } from "zod";
import { type MapNode, nodeAt, type Placed, type SourceNode } from "../document/source-node.ts";
import { meantDuration } from "../duration.ts";
import type { JsonValue } from "../flow.ts";
import { type CheckContext, nameHint, nameOf, type Path, pathText, report } from "./context.ts";

type Issue = z.core.$ZodIssue;

/** What an issue is about. */
export interface Subject {
  readonly root: MapNode;
  readonly base: Path;
  readonly value: JsonValue;
  /** Current property name → the old name that was written. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Paths that unknown properties were most likely meant as: that these are missing is part of the same mistake. */
  readonly meant: ReadonlySet<string>;
}

/** Tells of one problem that zod found, at the place of the value it concerns. */
export function reportIssue(context: CheckContext, issue: Issue, subject: Subject): void {
  const { root, base, value, renamed, meant } = subject;
  if (issue.code === "invalid_union") {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) {
      for (const inner of branch) reportIssue(context, { ...inner, path: [...issue.path, ...inner.path] }, subject);
      return;
    }
  }
  const current = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const steps = current.map((step, index) => (index === 0 ? (renamed.get(String(step)) ?? step) : step));
  const path = [...base, ...steps];
  const key = nameOf(steps);
  const node = nodeAt(root, steps);
  const found = valueAtPath(value, current);
  if (found === undefined || found === null) {
    if (meant.has(pathText(path))) return;
    const owner = nodeAt(root, steps.slice(0, -1)) ?? root;
    report(context, "missing-property", { place: firstOf(owner, key), path }, key);
    return;
  }
  const place = node ?? firstOf(root, key);
  const reason = reasonOf(issue, found);
  if (reason.code === "wrong-type") {
    const hint = reason.text === LIST ? "begin each item with `- `" : truthHint(reason.text, found);
    report(context, "wrong-type", { place, path, hint }, key, reason.text, describe(found));
  } else report(context, "invalid-value", { place, path, hint: reason.hint }, key, reason.text);
}

/** Where to point at when something is missing in a map: its key if it stands there empty, else the map's first key. */
export function firstOf(node: SourceNode, key?: string): Placed {
  if (node.kind !== "map") return node;
  const own = key === undefined ? undefined : node.entries.get(key);
  if (own !== undefined) return own.keyPlace;
  const [first] = node.entries.values();
  return first === undefined ? node : first.keyPlace;
}

/** The alternative the author most likely meant: the one that fails deepest; undefined when all fail at the top. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const notAnExpression = branches.filter((issues) => !(issues.length === 1 && isExpressionIssue(issues[0]!)));
  const deep = notAnExpression.filter((issues) => !issues.some(failsAtTop));
  if (deep.length === 1) return deep[0];
  return notAnExpression.length === 1 ? notAnExpression[0] : undefined;
}

function failsAtTop(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.every((branch) => branch.some(failsAtTop));
  return issue.code === "invalid_type";
}

function isExpressionIssue(issue: Issue): boolean {
  return issue.code === "invalid_format" && issue.format === "regex" && issue.path.length === 0;
}

function reasonOf(
  issue: Issue,
  found: JsonValue,
): { code: "wrong-type" | "invalid-value"; text: string; hint?: string | undefined } {
  switch (issue.code) {
    case "invalid_type":
      return { code: "wrong-type", text: article(issue.expected) };
    case "invalid_union":
      return { code: "wrong-type", text: expectedOf(issue.errors) };
    case "invalid_value":
      return {
        code: "invalid-value",
        text: `must be one of ${issue.values.map(String).join(", ")}, but is ${describe(found)}`,
        hint: guess(found, issue.values.map(String)),
      };
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string")
        return { code: "invalid-value", text: "must not be empty" };
      return {
        code: "invalid-value",
        text: `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`,
      };
    case "too_big":
      return { code: "invalid-value", text: `must be at most ${issue.maximum}` };
    case "custom":
      return { code: "invalid-value", text: sentence(issue), hint: durationHint(issue, found) };
    default:
      return { code: "invalid-value", text: sentence(issue) };
  }
}

/** YAML once read these words as truth values. */
function truthHint(expected: string, found: JsonValue): string | undefined {
  if (expected !== TRUTH || typeof found !== "string") return undefined;
  if (/^(?:yes|y|on)$/i.test(found)) return "write true";
  return /^(?:no|n|off)$/i.test(found) ? "write false" : undefined;
}

function sentence({ message }: Issue): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function durationHint(issue: Issue, found: JsonValue): string | undefined {
  if (issue.code !== "custom" || issue.params?.["isDuration"] !== true || typeof found !== "string") return undefined;
  return writeDuration(found);
}

export function writeDuration(text: string): string | undefined {
  const meant = meantDuration(text);
  return meant === undefined ? undefined : `write ${meant}`;
}

function guess(found: JsonValue, values: readonly string[]): string | undefined {
  const hint = typeof found === "string" ? nameHint(found, values) : undefined;
  return hint?.startsWith("did you mean") ? hint.replace(/ known: .*$/, "") : undefined;
}

function expectedOf(branches: readonly (readonly Issue[])[]): string {
  const names = new Set(branches.flat().flatMap(expectedBy));
  // Numbers and truth values are texts as well where a text may be written without quotes.
  if (["text", "a number", "true or false"].every((name) => names.has(name))) {
    names.delete("a number");
    names.delete("true or false");
  }
  return [...names].join(" or ") || "something else";
}

function expectedBy(issue: Issue): readonly string[] {
  if (issue.code === "invalid_union") return issue.errors.flat().flatMap(expectedBy);
  return issue.code === "invalid_type" ? [article(issue.expected)] : [];
}

const LIST = "a list";
const TRUTH = "true or false";

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: TRUTH,
  array: LIST,
  object: "a map",
  record: "a map",
};

function article(expected: string): string {
  return EXPECTED[expected] ?? expected;
}

/** How messages name the value of a node. */
export function found(node: SourceNode): string {
  return node.kind === "scalar"
    ? describe(node.value === null ? null : node.text)
    : node.kind === "list"
      ? "a list"
      : "a map";
}

/** How messages name a value. */
export function describe(value: JsonValue): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return String(value);
}

function valueAtPath(value: JsonValue, path: Path): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null) return undefined;
    if (!Object.hasOwn(current, step)) return undefined;
    const found: JsonValue | undefined = Object.entries(current).find(([key]) => key === String(step))?.[1];
    current = found;
  }
  return current;
}
