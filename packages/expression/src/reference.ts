import type { Example, Parameter } from "./evaluation/definition.ts";
import { filters } from "./filters/registry.ts";
import { hostFunctions } from "./functions/host.ts";
import { functions } from "./functions/registry.ts";
import { methods } from "./methods/registry.ts";
import { once } from "./once.ts";
import { tests } from "./predicates/registry.ts";
import { operators } from "./syntax/operator-reference.ts";
import { TAGS } from "./syntax/parse-template.ts";

/** What documentation and editors show of a part of the language. */
export interface Documented {
  readonly name: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** Of functions of the host, only how they are called. */
  readonly example: Example | readonly [source: string];
  /** Why not to use it any more. */
  readonly deprecated?: string;
}

export type LanguageReference = Readonly<
  Record<"operators" | "filters" | "functions" | "hostFunctions" | "methods" | "tests" | "tags", readonly Documented[]>
>;

/** The whole language by kind, each in the order of names; operators in the order of precedence, from the loosest on. */
export const languageReference = once((): LanguageReference => ({
  operators,
  filters: byName([...filters.values()]),
  functions: byName([...functions.values()]),
  hostFunctions: byName(
    Object.entries(hostFunctions).map(([name, { example, ...rest }]) => ({ name, ...rest, example: [example] })),
  ),
  methods: byName([...methods.values()]),
  tests: byName([...tests.values()]),
  tags: byName([
    ...TAGS.values(),
    {
      name: "verbatim",
      summary: "Its body is text, whatever it looks like.",
      example: ["{% verbatim %}{{ x }}{% endverbatim %}", "{{ x }}"],
    },
    {
      name: "raw",
      summary:
        "Its body, which must stand on one line, is text and stays so when the result is rendered again. Over several lines it protects nothing.",
      example: ["{% raw %}{{ x }}{% endraw %}", "{{ x }}"],
    },
  ]),
}));

/** Built-in ones; those of a host are known to the host. */
export const filterNames: readonly string[] = [...filters.keys()];
export const functionNames: readonly string[] = [...functions.keys()];
export const testNames: readonly string[] = [...tests.keys()];

function byName(list: readonly Documented[]): readonly Documented[] {
  return list.toSorted((left, right) => left.name.localeCompare(right.name, "en"));
}
