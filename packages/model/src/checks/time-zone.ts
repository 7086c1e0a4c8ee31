import { type SourceNode, textOf } from "../document/source-node.ts";
import { type CheckContext, guessHint, type Path, report } from "./context.ts";

/** Reports a time zone that does not exist. */
export function checkTimeZone(context: CheckContext, node: SourceNode, path: Path): void {
  const name = textOf(node);
  if (name === undefined || isTimeZone(name)) return;
  const hint = () => zoneHint(name) ?? "for example Europe/Paris or UTC";
  const finding = { place: node, path, hint };
  report(context, "invalid-value", finding, "timezone", `is no time zone: "${name}"`);
}

/** The zone of a city, or one that is spelt alike. */
function zoneHint(name: string): string | undefined {
  const zones = Intl.supportedValuesOf("timeZone");
  const city = `/${name.replaceAll(" ", "_")}`.toLowerCase();
  const zone = zones.find((candidate) => candidate.toLowerCase().endsWith(city));
  return zone === undefined ? guessHint(name, zones) : `did you mean "${zone}"?`;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
