import type { Catalogue } from "./catalogue.ts";
import type { CheckContext } from "./checks/context.ts";
import { report } from "./checks/context.ts";
import { checkFlowMap } from "./checks/flow.ts";
import { checkRules } from "./checks/rules.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { parseSource } from "./document/parse-document.ts";
import { createPositions } from "./document/positions.ts";
import { isAbsent, type MapNode, type SourceNode } from "./document/source-node.ts";
import { checkExpressions } from "./expressions/check-expressions.ts";
import type { Flow, JsonMap } from "./flow.ts";
import { LIMITS } from "./limits.ts";
import { otherKindOf } from "./other-kind.ts";
import { applyPluginDefaults, type PluginDefault } from "./plugin-defaults.ts";
import { plainMap } from "./written-flow.ts";

export interface CheckedFlow {
  /** Absent when an error forbids it. */
  readonly flow?: Flow;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  readonly source: string;
  /** As `writtenFlow` of the source, which is not read again for it. */
  written(): JsonMap | undefined;
}

export interface CheckOptions {
  /** Of the server's configuration; applied after the flow's own. */
  readonly globalPluginDefaults?: readonly PluginDefault[];
  /** Words of the API such as `kill` as flow ids: true refuses them, false accepts them, absent warns. */
  readonly reservedIds?: boolean;
  /** Whether expressions are checked. Default true. */
  readonly expressions?: boolean;
  /** Whether expressions and schedules that can't work refuse the flow; otherwise they are warnings. Default false. */
  readonly strictExpressions?: boolean;
  /** Names of functions that the host adds to those of the language. */
  readonly hostFunctions?: Iterable<string>;
  /** Default `LIMITS.sourceCharacters`. */
  readonly maximumCharacters?: number;
  /** For flows that are stored already: unknown properties are warnings. Default false. */
  readonly lenient?: boolean;
}

/** Reads a flow and finds all its mistakes at once. Never throws: whatever the text is, the mistakes are in the answer. */
export function checkFlow(source: string, catalogue: Catalogue, options: CheckOptions = {}): CheckedFlow {
  const diagnostics: Diagnostic[] = [];
  const maximum = options.maximumCharacters ?? LIMITS.sourceCharacters;
  const isTooLarge = source.length > maximum;
  const context: CheckContext = {
    source,
    positions: createPositions(isTooLarge ? "" : source),
    catalogue,
    lenient: options.lenient ?? false,
    reservedIds: options.reservedIds,
    strictExpressions: options.strictExpressions ?? false,
    diagnostics,
    reported: new Set(),
    firstPlace: { start: 0, end: 0 },
    taskCount: 0,
  };
  if (isTooLarge) {
    report(
      context,
      "source-too-large",
      { place: context.firstPlace, path: [] },
      String(source.length),
      String(maximum),
    );
    return { diagnostics, source, written: () => undefined };
  }
  const { root, problems } = parseSource(source);
  const lines = new Set<string>();
  for (const { code, place, detail, hint } of problems) {
    const line = `${code} ${context.positions.at(place.start).line}`;
    if (code === "yaml-syntax" && lines.has(line)) continue;
    lines.add(line);
    report(context, code, { place, path: [], hint }, detail);
  }
  const otherKind = root?.kind === "map" ? otherKindOf(source) : whatIs(root);
  const isMap = root?.kind === "map" && otherKind === undefined;
  const flow = isMap ? checkRoot({ ...context, firstPlace: firstKey(root) }, root, options) : undefined;
  if (otherKind !== undefined && problems.every(({ code }) => code === "yaml-tag"))
    report(context, "not-a-flow", { place: root ?? context.firstPlace, path: [] }, otherKind);
  const sorted = diagnostics.toSorted((left, right) => left.range.start.offset - right.range.start.offset);
  const isRefused = sorted.some(({ severity }) => severity === "error");
  const checked = { diagnostics: sorted, source, written: () => plainMap(root) };
  return flow === undefined || isRefused ? checked : { ...checked, flow };
}

function checkRoot(context: CheckContext, written: MapNode, options: CheckOptions): Flow {
  const { root, unused } = applyPluginDefaults(written, options.globalPluginDefaults ?? [], context.catalogue);
  for (const { type, place } of unused)
    report(
      context,
      "default-unused",
      { place, path: ["pluginDefaults"] },
      `no task or trigger of this flow has a type that begins with "${type}"`,
    );
  const parts = checkFlowMap(context, root);
  checkRules(context, parts);
  if (options.expressions ?? true) checkExpressions(context, parts, options.hostFunctions ?? []);
  return parts.flow;
}

function firstKey(root: MapNode) {
  const [first] = root.entries.values();
  return first?.keyPlace ?? root;
}

function whatIs(root: SourceNode | undefined): string {
  if (root === undefined || isAbsent(root)) return "empty";
  return root.kind === "list" ? "a list" : "a single value";
}
