import type { SqlDialect } from "../../sql/dialect.ts";
import { indexedText } from "./labels.ts";

/** PostgreSQL's ways: lists are arrays. */
export const POSTGRES: SqlDialect = {
  isOneOf: (expression) => `${expression} = ANY (?)`,
  list: (values) => `{${values.map(element).join(",")}}`,
  // As an array that is made before: no estimate can turn it into a walk over all rows.
  isIn: (expression, query) => `${expression} = ANY (ARRAY(${query}))`,
  anyWanted: (condition) => `EXISTS (SELECT 1 FROM unnest(?::text[]) AS wanted (value) WHERE ${condition})`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  endsWith: (text, end) => `right(${text}, length(${end})) = ${end}`,
  executionLabels: {
    from: "jsonb_to_recordset(labels) AS label (key text, value text)",
    key: "label.key",
    value: "label.value",
  },
  flowLabels: { from: "jsonb_each_text(flows.labels) AS label (key, value)", key: "label.key", value: "label.value" },
  labelText: indexedText,
};

function element(value: string | number): string {
  return typeof value === "number" ? String(value) : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
