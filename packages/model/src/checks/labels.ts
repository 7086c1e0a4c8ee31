import type { Entry, SourceNode } from "../document/source-node.ts";
import { isAbsent, textOf } from "../document/source-node.ts";
import { firstOf, found } from "./schema-issues.ts";
import { type CheckContext, type Path, report } from "./context.ts";

const KEY = /^\p{Ll}[\p{L}0-9._-]*$/u;
const SETTABLE_SYSTEM_LABELS = new Set(["system.readOnly"]);

/** Reads labels written as a map or as a list of `{key, value}`; values become text, of one key the last wins. */
export function checkLabels(
  context: CheckContext,
  node: SourceNode | undefined,
  path: Path,
): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const { key, value, at } of written(context, node, path)) {
    if (key.startsWith("system.") && !SETTABLE_SYSTEM_LABELS.has(key)) {
      report(context, "system-label", { place: at, path: [...path, key] }, key);
      continue;
    }
    const text = textOf(value);
    if (value !== undefined && value.kind !== "scalar") {
      report(
        context,
        "wrong-type",
        { place: value, path: [...path, key] },
        key,
        "text",
        value.kind === "map" ? "a map" : "a list",
      );
    } else if (text === undefined || text === "") {
      report(context, "label-dropped", { place: at, path: [...path, key] }, key, "has no value and is left out");
    } else {
      if (!KEY.test(key) && !key.includes("{"))
        report(
          context,
          "label-dropped",
          {
            place: at,
            path: [...path, key],
            hint: `begin with a lower-case letter; then letters, digits, ".", "_", "-"`,
          },
          key,
          "has a key that newer versions refuse",
        );
      labels.set(key, text);
    }
  }
  return Object.fromEntries(labels);
}

interface WrittenLabel {
  readonly key: string;
  readonly value: SourceNode | undefined;
  readonly at: SourceNode | Entry["keyPlace"];
}

function written(context: CheckContext, node: SourceNode | undefined, path: Path): WrittenLabel[] {
  if (node === undefined || isAbsent(node)) return [];
  if (node.kind === "map")
    return Array.from(node.entries.values(), ({ key, keyPlace, value }) => ({ key, value, at: keyPlace }));
  if (node.kind === "scalar") return [];
  return node.items.flatMap((item, index) => {
    const key = item.kind === "map" ? textOf(item.entries.get("key")?.value) : undefined;
    if (item.kind === "map" && key !== undefined) return [{ key, value: item.entries.get("value")?.value, at: item }];
    if (item.kind === "map") {
      report(context, "missing-property", { place: firstOf(item, "key"), path: [...path, index, "key"] }, "key");
      return [];
    }
    report(
      context,
      "wrong-type",
      { place: item, path: [...path, index] },
      "labels",
      "a map of texts, or a list of {key, value}",
      found(item),
    );
    return [];
  });
}
