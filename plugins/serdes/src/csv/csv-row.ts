/** How CSV is written. Separator and delimiter are one character each. */
export interface CsvStyle {
  readonly fieldSeparator: string;
  readonly textDelimiter: string;
  readonly lineDelimiter: string;
  readonly quoteMode: "ALWAYS" | "REQUIRED" | "NON_NUMERIC";
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

/** Writes rows, each with its line end. Null is an empty field. */
export function csvRowWriter({ fieldSeparator, textDelimiter, lineDelimiter, quoteMode }: CsvStyle) {
  const special = new RegExp(`[\\r\\n${RegExp.escape(fieldSeparator)}${RegExp.escape(textDelimiter)}]`);
  const quoted = (text: string): string =>
    textDelimiter + text.replaceAll(textDelimiter, () => textDelimiter + textDelimiter) + textDelimiter;
  const written: Readonly<Record<CsvStyle["quoteMode"], (field: string | null) => string>> = {
    ALWAYS: (field) => quoted(field ?? ""),
    REQUIRED: (field) => (field !== null && special.test(field) ? quoted(field) : (field ?? "")),
    NON_NUMERIC: (field) => (field === null || NUMBER.test(field) ? (field ?? "") : quoted(field)),
  };
  const write = written[quoteMode];
  return (fields: readonly (string | null)[]): string => {
    const row = fields.map((field) => write(field)).join(fieldSeparator);
    // One empty field would be an empty line, which others take for none.
    return (row === "" ? quoted("") : row) + lineDelimiter;
  };
}
