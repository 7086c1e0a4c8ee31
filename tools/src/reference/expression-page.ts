import { type Documented, languageReference, type LanguageReference, LIMITS } from "@capstan/expression";
import { generatedPage, type GeneratedPage } from "./generated-page.ts";

const SECTIONS: readonly (readonly [keyof LanguageReference, title: string, introduction: string])[] = [
  ["operators", "Operators", "From the one that binds loosest to the one that binds tightest."],
  ["filters", "Filters", "Written `value | name(arguments)`. Null stays null unless a filter says otherwise."],
  ["functions", "Functions", "Written `name(arguments)`."],
  ["hostFunctions", "Functions of the server", "They read files, secrets and the like, and may have to wait."],
  [
    "methods",
    "Methods",
    "Written `value.name(arguments)`: those of Java's texts, lists, maps and numbers that change nothing in place. `length`, `size`, `empty`, `blank`, `first` and `last` of texts and lists are read without brackets too.",
  ],
  ["tests", "Tests", "Written `value is name` or `value is not name`."],
  ["tags", "Tags", "Written `{% name … %}`."],
];

/** The page on the expression language; every example on it is run by a test. */
export function expressionPage(): GeneratedPage {
  const sections = SECTIONS.map(([kind, title, introduction]) =>
    [`## ${title}`, introduction, tableOf(languageReference()[kind])].join("\n\n"),
  );
  return generatedPage("docs/reference/expressions.md", "packages/expression", ["# Expressions", HEAD, ...sections]);
}

const HEAD = `An expression stands between \`{{\` and \`}}\`; a minus beside a brace removes the white space on that side. Arguments are
positional first, then by name. A variable, key or index that is not defined is an error; \`??\` or \`default\` give a fallback.

Every rendering is bounded: ${LIMITS.steps.toLocaleString("en")} evaluation steps (reading or producing a long text, and each element of
data, counts), ${LIMITS.outputCharacters.toLocaleString("en")} characters of text, and a nesting of ${LIMITS.depth} levels. Regular expressions are Java's.`;

function tableOf(entries: readonly Documented[]): string {
  const rows = entries.map((entry) => {
    const [example, printed] = entry.example;
    const shown = printed === undefined ? code(example) : `${code(example)} → ${code(printed)}`;
    const remark = entry.deprecated === undefined ? "" : ` Deprecated: ${entry.deprecated}`;
    return `| ${[code(entry.name), argumentsOf(entry), cell(entry.summary + remark), shown].join(" | ")} |`;
  });
  return ["| name | arguments | what it does | example |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function argumentsOf({ parameters = [] }: Documented): string {
  return parameters
    .map(({ name, isRequired = false, isRest = false, fallback, summary }) => {
      const optional =
        fallback === undefined || fallback === null ? "optional" : `default ${code(JSON.stringify(fallback))}`;
      const remarks = [isRest ? "any number" : isRequired ? "" : optional, cell(summary ?? "")].filter(
        (text) => text !== "",
      );
      return code(name) + (remarks.length === 0 ? "" : ` (${remarks.join("; ")})`);
    })
    .join(", ");
}

function code(text: string): string {
  const line = text.replaceAll("\n", "⏎");
  const fence = line.includes("`") ? "``" : "`";
  return cell(fence + line + fence);
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
