import { circleText, type NamedText, renderingCircles } from "@capstan/expression";
import type { CheckContext } from "../checks/context.ts";
import type { Flow } from "../flow.ts";
import { reportAt, type Scan } from "./scan.ts";

/** Texts of variables that bring each other back without end when one of them is rendered by `render()`. */
export function checkVariables(context: CheckContext, scans: ReadonlyMap<string, Scan>, { variables }: Flow): void {
  const texts: NamedText[] = [...scans].map(([name, { text }]) => ({ name, text }));
  const valueOf = (name: string) => (name === "vars" ? variables : undefined);
  for (const circle of renderingCircles(texts, valueOf)) {
    const [first] = circle;
    const scan = scans.get(first!.name);
    if (scan !== undefined) reportAt(context, scan, "variable-circle", first!.reference, {}, circleText(circle));
  }
}
