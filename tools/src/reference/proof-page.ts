import type { Plugin, Proof } from "@capstan/sdk";
import { type GeneratedPage, generatedPage, table } from "./generated-page.ts";

const PREFIX = "io.kestra.plugin.";
const KINDS: Readonly<Record<Proof["kind"], string>> = {
  real: "the real thing",
  alike: "one that speaks alike",
  "stand-in": "a stand-in",
};

/** What the tests of all types work with. Throws an error that names types of which no plugin says it. */
export function proofPage(plugins: readonly Plugin[]): GeneratedPage {
  const proven = plugins.flatMap((plugin) =>
    plugin.definitions.map(({ type }) => ({ type, proof: proofOf(plugin, type) })),
  );
  const count = (kind: Proof["kind"]) => proven.filter(({ proof }) => proof.kind === kind).length;
  const rows = Array.from(
    Map.groupBy(proven, ({ proof }) => proof),
    ([{ kind, what }, members]) => [
      groupsOf(members.map(({ type }) => type)),
      String(members.length),
      KINDS[kind],
      what,
    ],
  );
  return generatedPage("docs/reference/tested-with.md", "`testedWith` of the plugins", [
    "# What types are tested with",
    `Every type has tests. Of ${proven.length}, ${count("real")} are tested with what users have, ${count("alike")} with something that speaks the same language, and\n${count("stand-in")} with a part of the tests that stands for a service or program that can't be had there.`,
    table(["types", "how many", "tested with", "which is"], rows),
  ]);
}

/** The most special entry counts. */
function proofOf({ name, testedWith = [] }: Plugin, type: string): Proof {
  const proof = testedWith
    .filter(({ types }) => `${type}.`.startsWith(`${types}.`))
    .reduce<Proof | undefined>(
      (best, other) => (best && best.types.length > other.types.length ? best : other),
      undefined,
    );
  if (proof === undefined)
    throw new Error(`the plugin ${name} does not say in \`testedWith\` what ${type} is tested with`);
  return proof;
}

/** `aws.s3` of `io.kestra.plugin.aws.s3.Upload`. */
function groupsOf(types: readonly string[]): string {
  const groups = new Set(types.map((type) => type.replace(PREFIX, "").split(".").slice(0, -1).join(".")));
  return [...groups].join(", ");
}
