import type { ElementKind, TypeDefinition } from "../catalogue.ts";
import type { MapNode } from "../document/source-node.ts";
import { nearest } from "@capstan/expression";
import { textOf } from "../document/source-node.ts";
import { firstOf, found } from "./schema-issues.ts";
import { type CheckContext, guessHint, type Path, report } from "./context.ts";

export interface ElementType {
  /** As the author wrote it. */
  readonly written: string;
  /** Canonical name; the written one when the type is not known. */
  readonly name: string;
  readonly definition?: TypeDefinition;
}

const CORE = ["io.kestra.plugin.core.", "io.kestra.core.", "core."];
/** Old names of types that a plugin provides; those for tests come with a plugin of tests. */
const NOT_CORE = ["io.kestra.core.tasks.scripts.", "io.kestra.core.tasks.test.", "io.kestra.core.runners.test."];

/** Types that later versions of Kestra have, with what comes near to them. */
const LATER_TYPES: Readonly<Record<string, string>> = {
  "execution.Kill": "a type of Kestra 2.0: call the API, POST /api/v1/main/executions/ID/kill",
  "flow.PurgeFlows": "a type of Kestra 2.0",
  "storage.PurgeStorage": "a type of Kestra 2.0: write io.kestra.plugin.core.execution.PurgeExecutions",
  "trigger.BatchWebhook": "a type of Kestra 2.0: write io.kestra.plugin.core.trigger.Webhook",
  "trigger.McpToolTrigger": "a type of Kestra 2.0: write io.kestra.plugin.core.trigger.Webhook",
};

const TYPES_SHOWN = 3;

const ELEMENTS: Readonly<Record<ElementKind, string>> = {
  task: "task",
  trigger: "trigger",
  condition: "condition",
  taskRunner: "task runner",
  other: "element",
};

/** Finds the type of an element. Core types must exist; others may belong to a plugin that is not installed. */
export function resolveType(
  context: CheckContext,
  node: MapNode,
  path: Path,
  element: ElementKind,
): ElementType | undefined {
  const typeNode = node.entries.get("type")?.value;
  const written = textOf(typeNode);
  const typePath = [...path, "type"];
  if (typeNode !== undefined && typeNode.kind !== "scalar") {
    report(context, "wrong-type", { place: typeNode, path: typePath }, "type", "text", found(typeNode));
    return undefined;
  }
  if (typeNode === undefined || written === undefined || written === "") {
    const misspelt = [...node.entries.keys()].find((key) => key !== "type" && nearest(key, ["type"]) !== undefined);
    const hint = misspelt === undefined ? undefined : `did you mean "type" by "${misspelt}"?`;
    report(context, "missing-property", { place: firstOf(node, "type"), path: typePath, hint }, "type");
    return undefined;
  }
  const finding = { place: typeNode, path: typePath };
  const definition = context.catalogue.find(written);
  if (definition === undefined) {
    const hint = () =>
      laterHint(written) ?? guessHint(written, context.catalogue.types(element)) ?? kindHint(context, written, element);
    if (isCore(written)) report(context, "invalid-type", { ...finding, hint }, written);
    else report(context, "unknown-type", { ...finding, hint }, ELEMENTS[element], written);
    return { written, name: written };
  }
  if (definition.element !== element) {
    report(context, "wrong-element", finding, written, ELEMENTS[element], ELEMENTS[definition.element]);
    return { written, name: written };
  }
  if (definition.deprecated !== undefined) report(context, "deprecated", finding, written, definition.deprecated);
  else if (written !== definition.type && definition.aliases?.includes(written) === true)
    report(context, "deprecated", finding, written, `write ${definition.type}`);
  return { written, name: definition.type, definition };
}

function laterHint(type: string): string | undefined {
  const prefix = CORE.find((candidate) => type.startsWith(candidate));
  const name = prefix === undefined ? type : type.slice(prefix.length);
  return Object.hasOwn(LATER_TYPES, name) ? LATER_TYPES[name] : undefined;
}

/** The types of a plugin that was named instead of one of them, such as `shell`. */
function kindHint({ catalogue }: CheckContext, written: string, element: ElementKind): string | undefined {
  if (written.includes(".")) return undefined;
  const plugin = written.toLowerCase();
  const types = [...catalogue.types(element)].filter((type) => type.split(".").at(-2) === plugin).toSorted();
  return types.length === 0 || types.length > TYPES_SHOWN ? undefined : `did you mean ${types.join(" or ")}?`;
}

function isCore(type: string): boolean {
  if (NOT_CORE.some((prefix) => type.startsWith(prefix))) return false;
  return !type.includes(".") || CORE.some((prefix) => type.startsWith(prefix));
}
