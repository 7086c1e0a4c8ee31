import { stringify } from "yaml";
import { type FilterDefinition, required } from "../evaluation/definition.ts";
import { bounded, type Runtime, spend } from "../evaluation/runtime.ts";
import { ionText } from "../ion/write.ts";
import { runJq } from "../jq/run.ts";
import { isEmpty } from "../predicates/registry.ts";
import { className } from "../values/class-name.ts";
import { jsonText } from "../values/json.ts";
import { toPlain } from "../values/maps.ts";
import { toText } from "../values/text.ts";
import { yamlValue } from "../formats/yaml-value.ts";

const toJson = {
  summary: "Compact JSON of the value.",
  parameters: [],
  takesNull: true,
  apply: (input: unknown, _given: unknown, runtime: Runtime) => bounded(runtime, jsonText(input)),
} satisfies Omit<FilterDefinition, "name">;

/** Filters between values and their notations. */
export const dataFilters: readonly FilterDefinition[] = [
  { name: "toJson", ...toJson },
  { name: "json", deprecated: "Use toJson.", ...toJson },
  {
    name: "toIon",
    summary: "Amazon Ion text of the value.",
    parameters: [],
    apply: (input, _given, runtime) => bounded(runtime, ionText(input)),
  },
  {
    name: "yaml",
    summary: "YAML of the value, ending with a line break.",
    parameters: [],
    apply: (input, _given, runtime) =>
      bounded(runtime, stringify(yamlValue(input), { lineWidth: 0, indentSeq: false })),
  },
  {
    name: "jq",
    summary: "All results of a jq program, as a list.",
    parameters: [required("expression")],
    apply: (input, [expression], runtime) =>
      runJq(toText(expression), jqInput(input, runtime), (steps) => spend(runtime, steps), runtime.charactersMax),
  },
  {
    name: "className",
    summary: "The name of the value's Java class.",
    parameters: [],
    apply: (input) => className(input),
  },
  {
    name: "default",
    summary: "Another value in place of one that is not defined, null, blank or empty.",
    parameters: [required("default")],
    takesNull: true,
    takesUndefined: true,
    apply: (input, [other]) => (isEmpty(input) ? other : input),
  },
];

/** Values of loops and bodies of answers are JSON text: jq reads them as what they stand for, and other text as text. */
function jqInput(input: unknown, runtime: Runtime): unknown {
  if (typeof input !== "string") return toPlain(input, (steps) => spend(runtime, steps));
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return input; // Plain text is a value of its own.
  }
}
