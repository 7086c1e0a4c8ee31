import { type SourceNode, textOf } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";

/** Reports a time zone that does not exist. */
export function checkTimeZone(context: CheckContext, node: SourceNode, path: Path): void {
  const name = textOf(node);
  if (name === undefined || isTimeZone(name)) return;
  const finding = { place: node, path, hint: "for example Europe/Paris or UTC" };
  report(context, "invalid-value", finding, "timezone", `is no time zone: "${name}"`);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
