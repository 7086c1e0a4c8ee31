import { holdsSecrets } from "../inputs/secret-inputs.ts";
import type { LiveExecution } from "./live.ts";

/** Values of SECRET inputs and encrypted outputs: hidden in everything that its attempts and its history say. */
export function secretsOf({ plan, inputs, batch, secrets: known }: LiveExecution): readonly string[] {
  const secrets = [...known];
  for (const input of plan.flow.inputs) {
    if (!holdsSecrets(input)) continue;
    for (const start of [inputs, ...(batch?.items.slice(1) ?? []).map((item) => item.inputs)]) {
      let value: unknown = start;
      for (const segment of input.id.split(".")) value = (value as Record<string, unknown> | undefined)?.[segment];
      for (const one of Array.isArray(value) ? value : [value])
        if (typeof one === "string" && one !== "") secrets.push(one);
    }
  }
  return secrets;
}
