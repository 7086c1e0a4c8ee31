import { holdsSecrets, MASK, resolveInputs } from "@capstan/engine";
import { settle, type Environment, type Scope } from "@capstan/expression";
import type { Check, Input, JsonMap, JsonValue } from "@capstan/model";
import type { CheckedInput, CheckedInputs } from "../services.ts";

export interface InputCheck {
  readonly scope: Scope;
  readonly environment: Environment;
  readonly source: "api" | "resume";
  /** Called with the values once none is refused. */
  readonly failedChecks: (values: JsonMap) => Promise<readonly Check[]>;
}

/** What would become of the inputs: each one's value or what is wrong with it. Nothing is started or stored. */
export async function checkInputs(
  inputs: readonly Input[],
  given: Readonly<Record<string, unknown>>,
  { scope, environment, source, failedChecks }: InputCheck,
): Promise<CheckedInputs> {
  const resolved = await settle(environment, (settling) =>
    resolveInputs(inputs, given, { scope, environment: settling, source }),
  );
  const violations = "violations" in resolved ? resolved.violations : [];
  const described = inputs.map((input): CheckedInput => {
    const problems = violations.filter(({ id }) => id === input.id).map(({ message }) => message);
    const value = valueAt(resolved.values, input.id);
    const shown = holdsSecrets(input) && value !== null && value !== undefined ? MASK : value;
    return {
      input,
      ...(shown !== undefined && { value: shown }),
      enabled: value !== undefined || problems.length > 0,
      isDefault: value !== null && value !== undefined && !Object.hasOwn(given, input.id),
      problems,
    };
  });
  return { inputs: described, failedChecks: violations.length > 0 ? [] : await failedChecks(resolved.values) };
}

/** Ids are nested by their dots. */
function valueAt(values: JsonMap, id: string): JsonValue | undefined {
  let value: JsonValue | undefined = values;
  for (const segment of id.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, segment) ? (value as JsonMap)[segment] : undefined;
  }
  return value;
}
