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
  example: ["{'a': [1, null]} | toJson", '{"a":[1,null]}'],
  parameters: [],
  takesNull: true,
  apply: (input: unknown, _given: unknown, runtime: Runtime) => bounded(runtime, jsonText(input)),
} satisfies Omit<FilterDefinition, "name">;

/** Filters between values and their notations. */
export const dataFilters: readonly FilterDefinition[] = [
  { name: "toJson", ...toJson },
  { ...toJson, name: "json", deprecated: "Use toJson.", example: ["{'a': 1} | json", '{"a":1}'] },
  {
    name: "toIon",
    summary: "Amazon Ion text of the value.",
    example: ["{'a': [1, 'x']} | toIon", '{a:[1,"x"]}'],
    parameters: [],
    takesNull: true,
    apply: (input, _given, runtime) => bounded(runtime, ionText(input)),
  },
  {
    name: "yaml",
    summary: "YAML of the value, ending with a line break; of null the text `null`.",
    example: ["{'a': 1} | yaml", "a: 1\n"],
    parameters: [],
    takesNull: true,
    apply: (input, _given, runtime) =>
      input === null ? "null" : bounded(runtime, stringify(yamlValue(input), { lineWidth: 0, indentSeq: false })),
  },
  {
    name: "jq",
    summary: "All results of a jq program, as a list.",
    example: ["{'a': [1, 2]} | jq('.a[]')", "[1,2]"],
    parameters: [required("expression")],
    apply: (input, [expression], runtime) =>
      runJq(toText(expression), jqInput(input, runtime), (steps) => spend(runtime, steps), runtime.charactersMax),
  },
  {
    name: "className",
    summary: "The name of the value's Java class.",
    example: ["1.5 | className", "java.lang.Double"],
    parameters: [],
    apply: (input) => className(input),
  },
  {
    name: "default",
    summary: "Another value in place of one that is not defined, null, blank or empty.",
    example: ["'' | default('x')", "x"],
    parameters: [required("default")],
    takesNull: true,
    takesUndefined: true,
    apply: (input, [other]) => (isEmpty(input) ? other : input),
  },
];

/**
 * Values of loops and bodies of answers are JSON text: jq reads them as what they stand for, and other text as text. Of a file of JSON
 * lines it reads the first, as in Kestra.
 */
function jqInput(input: unknown, runtime: Runtime): unknown {
  if (typeof input !== "string") return toPlain(input, (steps) => spend(runtime, steps));
  const whole = jsonOf(input);
  if (whole !== undefined) return whole;
  const [line = ""] = input.trimStart().split("\n", 1);
  // Plain text is a value of its own.
  return (/^[{[]/.test(line) ? jsonOf(line) : undefined) ?? input;
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
