import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type LogLine } from "@capstan/sdk/test-kit";

export const FROM = "kestra:///in/file";

export interface Conversion {
  readonly state: string;
  readonly message: string | undefined;
  readonly uri: string;
  readonly size: unknown;
  readonly bytes: Buffer;
  readonly text: string;
  readonly warnings: readonly string[];
  readonly logs: readonly LogLine[];
}

/** Runs a conversion of one file, in a world of its own. */
export async function convert(
  task: TaskDefinition,
  content: string | Uint8Array,
  properties: JsonMap = {},
): Promise<Conversion> {
  await using world = createTestWorld();
  world.files.seed(FROM, content);
  const { state, message, outputs } = await world.run(task, { from: FROM, ...properties });
  const uri = String(outputs?.["uri"]);
  const bytes: Buffer[] = [];
  if (outputs !== undefined) for await (const piece of await world.files.read(uri)) bytes.push(piece as Buffer);
  const warnings = world.logs.filter(({ level }) => level === "WARN").map(({ message }) => message);
  const stored = Buffer.concat(bytes);
  return {
    state,
    message,
    uri,
    size: outputs?.["size"],
    bytes: stored,
    text: stored.toString(),
    warnings,
    logs: world.logs,
  };
}

/** The records of a stored file. */
export function recordsIn(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
