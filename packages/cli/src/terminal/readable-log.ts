import { styleText } from "node:util";
import { localTime } from "./local-time.ts";
import { withoutControls } from "./text-width.ts";

const LEVELS: Readonly<Record<number, readonly [string, "red" | "yellow" | "dim"]>> = {
  60: ["FATAL", "red"],
  50: ["ERROR", "red"],
  40: ["WARN", "yellow"],
};
/** Fields that a reader at a terminal knows anyway. */
const OMITTED = new Set(["level", "time", "pid", "hostname", "msg", "err"]);

/** Turns the server's log, one JSON object a line, into lines for a person at a terminal. */
export function readableLog(output: NodeJS.WritableStream): { write(line: string): void } {
  return { write: (line) => void output.write(formatEntry(JSON.parse(line) as Record<string, unknown>, output)) };
}

function formatEntry(entry: Record<string, unknown>, output: NodeJS.WritableStream): string {
  const [name, colour] = LEVELS[Number(entry["level"])] ?? ["INFO", "dim"];
  const fields = Object.entries(entry)
    .filter(([key]) => !OMITTED.has(key))
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const head = styleText(colour, `${localTime(new Date(Number(entry["time"])).toISOString())} ${name}`, {
    stream: output,
  });
  const text = [entry["msg"], ...fields].filter((part) => part !== undefined).join(" ");
  const { stack } = (entry["err"] ?? {}) as { readonly stack?: string };
  return `${head} ${withoutControls(text)}\n${stack === undefined ? "" : `${withoutControls(stack)}\n`}`;
}
