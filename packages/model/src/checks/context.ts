import type { Catalogue } from "../catalogue.ts";
import type { Diagnostic, Severity } from "../diagnostic.ts";
import { DIAGNOSTICS, type DiagnosticCode } from "../diagnostics.ts";
import type { Positions } from "../document/positions.ts";
import type { Placed } from "../document/source-node.ts";
import { LIMITS } from "../limits.ts";
import { nearest } from "@capstan/expression";

/** What one check of one document carries along. */
export interface CheckContext {
  readonly source: string;
  readonly positions: Positions;
  readonly catalogue: Catalogue;
  /** Stored flows: a property that is not known is told, not refused. */
  readonly lenient: boolean;
  /** See `CheckOptions.reservedIds`. */
  readonly reservedIds: boolean | undefined;
  /** See `CheckOptions.strictExpressions`. */
  readonly strictExpressions: boolean;
  readonly diagnostics: Diagnostic[];
  readonly reported: Set<string>;
  /** The first key of the document: where to point at what concerns all of it. */
  readonly firstPlace: Placed;
  taskCount: number;
}

/** The steps from the root of the document: keys and indexes. */
export type Path = readonly (string | number)[];

export interface Finding {
  readonly place: Placed;
  readonly path: Path;
  /** A function when it is costly to find. */
  readonly hint?: string | (() => string | undefined) | undefined;
  readonly severity?: Severity | undefined;
}

/** Adds a diagnostic; of one code at one place only the first. */
export function report(context: CheckContext, code: DiagnosticCode, finding: Finding, ...parts: string[]): void {
  const definition: { severity: Severity; message: (...parts: string[]) => string; hint?: string } = DIAGNOSTICS[code];
  const message = definition.message(...parts);
  const path = pathText(finding.path);
  const keys = [`${code} ${finding.place.start} at ${path}`, `${code} ${finding.place.start}: ${message}`];
  if (keys.some((key) => context.reported.has(key))) return;
  for (const key of keys) context.reported.add(key);
  const hint = hintOf(context, finding) ?? definition.hint;
  context.diagnostics.push({
    code,
    severity: finding.severity ?? definition.severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    path,
    range: context.positions.range(finding.place),
  });
}

function hintOf({ diagnostics }: CheckContext, { hint }: Finding): string | undefined {
  if (typeof hint !== "function") return hint;
  return diagnostics.length < LIMITS.hints ? hint() : undefined;
}

/** `tasks[0].retry.interval`; keys that are no plain word are quoted. */
export function pathText(path: Path): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (!/^[\w-]+$/.test(segment)) text += `['${segment}']`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

/** How a message calls what stands at a path: `flows[0]` for an item of a list. */
export function nameOf(path: readonly PropertyKey[]): string {
  const key = path.findLastIndex((step) => typeof step !== "number");
  return path.slice(Math.max(key, 0)).reduce<string>((name, step) => {
    if (typeof step === "number") return `${name}[${step}]`;
    return String(step);
  }, "value");
}

/** "did you mean", or nothing: where the known names are too many to help. */
export function guessHint(name: string, candidates: Iterable<string>): string | undefined {
  const guess = nearest(name, candidates);
  return guess === undefined ? undefined : `did you mean "${guess}"?`;
}

const NAMES_SHOWN = 12;
/** Letters that a beginning or an end has at least, to say something. */
const ALIKE_MIN = 4;

/** The known name that was most likely meant: one that is spelt alike, or the only one that begins or ends alike. */
export function meantName(name: string, known: readonly string[]): string | undefined {
  const close = nearest(name, known);
  if (close !== undefined || name.length < ALIKE_MIN) return close;
  const end = name.charAt(0).toUpperCase() + name.slice(1);
  const alike = known.filter(
    (candidate) =>
      candidate.startsWith(name) ||
      (candidate.length >= ALIKE_MIN && name.startsWith(candidate)) ||
      candidate.endsWith(end),
  );
  return alike.length === 1 ? alike[0] : undefined;
}

/** "did you mean", else the names that are known. */
export function nameHint(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...new Set(candidates)];
  const guess = meantName(name, all);
  const known = all.length === 0 ? undefined : `known: ${listed(all)}`;
  if (guess === undefined) return known;
  return known === undefined ? `did you mean "${guess}"?` : `did you mean "${guess}"? ${known}`;
}

/** Names for a message: all when they are few, else the first and how many there are more. */
export function listed(names: readonly (string | number)[]): string {
  if (names.length <= NAMES_SHOWN) return names.join(", ");
  return `${names.slice(0, NAMES_SHOWN).join(", ")} and ${names.length - NAMES_SHOWN} more`;
}
