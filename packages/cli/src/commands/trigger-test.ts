import { readFile } from "node:fs/promises";
import type { JsonMap } from "@capstan/model";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";
import { unreadableReason } from "../unreadable.ts";
import { followOnServer } from "./execution-follow.ts";

export interface TriggerTestOptions extends ConnectionOptions {
  readonly event?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Starts an execution as a trigger would, by a sample event; prints its id, with `--follow` what happens until its end. */
export async function triggerTest(
  namespace: string,
  flow: string,
  trigger: string,
  options: TriggerTestOptions,
): Promise<number> {
  const client = connect(options);
  const variables = options.event === undefined ? {} : await eventIn(options.event);
  const started = await client.testTrigger(namespace, flow, trigger, variables);
  if (options.follow === true) return followOnServer(client, started.id, options.json === true);
  process.stdout.write(options.json === true ? `${JSON.stringify(started, undefined, 2)}\n` : `${started.id}\n`);
  return 0;
}

async function eventIn(path: string): Promise<JsonMap> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Mistake(`--event ${path}: it can't be read: ${unreadableReason(error)}`, { cause: error });
  }
  const value: unknown = valueOf(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Mistake(
      `--event ${path}: it must hold a map in JSON: what \`trigger\` shows, such as {"body": {"id": 7}}`,
    );
  return value as JsonMap;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
