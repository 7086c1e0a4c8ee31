import { FINDINGS, REASONS, WAIT_KINDS } from "@capstan/runtime";
import { generatedPage, type GeneratedPage, table } from "./generated-page.ts";

/** The reference of all codes with which histories and explanations give their reasons. */
export function reasonPage(): GeneratedPage {
  return generatedPage("docs/reference/reasons.md", "the tables of the packages", [
    "# Reasons",
    "Codes of `why` in the history of an execution, of what it waits for, and of what keeps a trigger from firing. They are permanent; the\ntexts beside them in answers are for people, and may change.",
    "## What happened",
    "`GET …/executions/{id}/history`, and `reasons` of `…/explain`.",
    codes("code", REASONS),
    "## What is waited for",
    "`waits` of `GET …/executions/{id}/explain`.",
    codes("kind", WAIT_KINDS),
    "## Triggers",
    "`findings` of `GET …/triggers/{namespace}/{flowId}/{triggerId}/explain`.",
    codes("code", FINDINGS),
  ]);
}

function codes(name: string, meanings: Readonly<Record<string, string>>): string {
  const rows = Object.entries(meanings).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return table([name, "what it means"], rows);
}
