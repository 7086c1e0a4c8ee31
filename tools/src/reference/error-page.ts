import { EXPRESSION_ERRORS } from "@capstan/expression";
import { type DiagnosticDefinition, DIAGNOSTICS } from "@capstan/model";
import { REQUEST_ERRORS } from "@capstan/runtime";
import { MACHINE_STATUSES, SERVER_ERRORS } from "@capstan/server";
import { STORAGE_ERRORS } from "@capstan/storage";
import { STORE_ERRORS } from "@capstan/store";
import { generatedPage, type GeneratedPage, type Row, table } from "./generated-page.ts";

/** The reference of all codes, from the table of each package. */
export function errorPage(): GeneratedPage {
  return generatedPage("docs/reference/errors.md", "the tables of the packages", [
    "# Codes of errors",
    "Codes are permanent: one that is retired is never used again.",
    "## Findings in a flow",
    "What `capstan validate` and the server say of a flow. An **error** refuses it, a **warning** stores it and tells, a **note**\n" +
      "only informs. Where two are named, the first is that of a strict check (`capstan validate --strict`).",
    table(["code", "what it means", "severity", "remedy"], Object.entries(DIAGNOSTICS).map(diagnosticRow)),
    "## Expressions",
    "Why an expression failed when it was evaluated. The message says more.",
    table(COLUMNS, Object.entries(EXPRESSION_ERRORS).map(errorRow)),
    "## Answers of the API",
    "An answer that refuses has its `code`, and what is wrong in `detail`. Codes of the two sections behind this one answer as well:\n" +
      `${machineText()}.`,
    table(["code", "status", "what it means", "remedy"], answerRows()),
    "## Database",
    table(COLUMNS, Object.entries(STORE_ERRORS).map(errorRow)),
    "## Internal storage",
    table(COLUMNS, Object.entries(STORAGE_ERRORS).map(errorRow)),
  ]);
}

const COLUMNS = ["code", "what it means", "remedy"];

function diagnosticRow([code, definition]: readonly [string, DiagnosticDefinition]): Row {
  const { title, severity, relaxed, hint = "" } = definition;
  return [`\`${code}\``, title, relaxed === undefined ? severity : `${severity} / ${relaxed}`, hint];
}

function errorRow([code, { title, hint }]: readonly [string, { readonly title: string; readonly hint: string }]): Row {
  return [`\`${code}\``, title, hint];
}

function answerRows(): readonly Row[] {
  const all = Object.entries({ ...REQUEST_ERRORS, ...SERVER_ERRORS });
  const sorted = all.toSorted(([one, left], [other, right]) => left.status - right.status || (one < other ? -1 : 1));
  return sorted.map(([code, { status, title, hint }]) => [`\`${code}\``, String(status), title, hint]);
}

/** Which codes of the machine are answered with which status. */
function machineText(): string {
  const byStatus = Map.groupBy(Object.entries(MACHINE_STATUSES), ([, status]) => status);
  const parts = [...byStatus].map(
    ([status, codes]) => `${codes.map(([code]) => `\`${code}\``).join(", ")} with ${status}`,
  );
  return parts.join("; ");
}
