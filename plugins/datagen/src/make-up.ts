import { TaskFailure } from "@capstan/sdk";
import type { Faker } from "@faker-js/faker";
import { type Call, replaceCalls } from "./expression.ts";
import { PROVIDERS } from "./providers.ts";

/** Rows that one `#{csv …}` may have. */
export const CSV_ROWS_MAX = 10_000;

/** Makes up what calls in texts ask for, at every depth; all else stays as it is. Throws `TaskFailure` for a call that nobody knows. */
export function madeUp(faker: Faker, value: unknown): unknown {
  if (typeof value === "string") return textOf(faker, value);
  if (Array.isArray(value)) return value.map((entry) => madeUp(faker, entry));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, madeUp(faker, entry)]));
}

function textOf(faker: Faker, text: string): string {
  return replaceCalls(text, (call) => answerTo(faker, call));
}

function answerTo(faker: Faker, call: Call): string {
  if (call.name === "csv") return csvOf(faker, call);
  const provider = Object.hasOwn(PROVIDERS, call.name) ? PROVIDERS[call.name] : undefined;
  if (provider === undefined) throw unknown(call);
  try {
    return String(
      provider(
        faker,
        call.args.map((arg) => textOf(faker, arg)),
      ),
    );
  } catch (error) {
    if (error instanceof TaskFailure) throw error;
    throw new TaskFailure(`"#{${call.written}}" can't be made up: ${(error as Error).message}.`, { cause: error });
  }
}

/** `#{csv 'separator','quote','has a header','rows','name','#{call}',…}`; without the first four, it is one row with a header. */
function csvOf(faker: Faker, { args }: Call): string {
  const isLong = args.length >= 6 && /^(?:true|false)$/i.test(args[2] ?? "");
  const [separator = ",", quote = '"', header = "true", rows = "1"] = isLong ? args : [];
  const columns = isLong ? args.slice(4) : args;
  const count = Number(rows);
  if (columns.length === 0 || columns.length % 2 !== 0)
    throw new TaskFailure("`#{csv …}` needs columns: a name and a call for each.");
  if (!Number.isInteger(count) || count < 0 || count > CSV_ROWS_MAX)
    throw new TaskFailure(`\`#{csv …}\` is asked for "${rows}" rows: it makes 0 to ${CSV_ROWS_MAX}.`);
  const names = columns.filter((_column, index) => index % 2 === 0);
  const calls = columns.filter((_column, index) => index % 2 === 1);
  const quoted = (text: string) => `${quote}${quote === "" ? text : text.replaceAll(quote, quote + quote)}${quote}`;
  const lineOf = (cells: readonly string[]) => cells.map(quoted).join(separator);
  const lines = /^true$/i.test(header) ? [lineOf(names)] : [];
  for (let row = 0; row < count; row += 1) lines.push(lineOf(calls.map((one) => textOf(faker, one))));
  return lines.join("\n");
}

function unknown({ name, written }: Call): TaskFailure {
  const group = name.split(".")[0] ?? "";
  const inGroup = Object.keys(PROVIDERS).filter((one) => one.startsWith(`${group}.`));
  const known =
    inGroup.length > 0 ? inGroup : [...new Set(Object.keys(PROVIDERS).map((one) => one.split(".")[0] ?? one))];
  return new TaskFailure(`Nothing is known to make up "#{${written}}" of. Known are: ${known.join(", ")}.`);
}
