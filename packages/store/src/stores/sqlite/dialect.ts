import type { SqlDialect } from "../../sql/dialect.ts";

/** SQLite's ways: lists cross as JSON, and bodies are looked into. */
export const SQLITE: SqlDialect = {
  isOneOf: (expression) => `${expression} IN (SELECT value FROM json_each(?))`,
  list: (values) => JSON.stringify(values),
  isIn: (expression, query) => `${expression} IN (${query})`,
  anyWanted: (condition) => `EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE ${condition})`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  endsWith: (text, end) => `substr(${text}, -length(${end})) = ${end}`,
  executionLabels: {
    from: "json_each(body, '$.labels') AS label",
    key: "label.value ->> 'key'",
    value: "label.value ->> 'value'",
  },
  flowLabels: { from: "json_each(body, '$.labels') AS label", key: "label.key", value: "label.value" },
  labelText: (text) => text,
};
