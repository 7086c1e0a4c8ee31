import { type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import { parseYaml } from "../formats/yaml-value.ts";
import { readIon } from "../ion/read.ts";
import { parseJson } from "../values/json.ts";
import { toText } from "../values/text.ts";
import { isTrue } from "../values/truth.ts";

const fromJson = {
  summary: "The value of a JSON text; null stays null.",
  example: ["fromJson('[1, 2]')[0]", "1"],
  parameters: [required("json")],
  call: ([json]) => (json === null ? null : parseJson(toText(json))),
} satisfies Omit<FunctionDefinition, "name">;

/** Functions that read notations of data. */
export const dataFunctions: readonly FunctionDefinition[] = [
  { name: "fromJson", ...fromJson },
  { ...fromJson, name: "json", deprecated: "Use fromJson.", example: ["json('[1, 2]')[0]", "1"] },
  {
    name: "fromIon",
    summary: "The first row of an Amazon Ion text, or all rows.",
    example: ["fromIon('{a: 1} {a: 2}')", '{"a":1}'],
    parameters: [required("ion"), optional("allRows", false)],
    call: ([ion, allRows]) => {
      if (ion === null) return null;
      const rows = readIon(toText(ion));
      return isTrue(allRows ?? false, "`allRows`") ? rows : (rows[0] ?? null);
    },
  },
  {
    name: "yaml",
    summary: "The value of a YAML text; null stays null.",
    example: ["yaml('a: [1, 2]').a", "[1,2]"],
    parameters: [required("yaml")],
    call: ([yaml]) => (yaml === null ? null : (parseYaml(toText(yaml)) ?? null)),
  },
];
