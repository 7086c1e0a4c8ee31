import { dynamic, duration, parseJsonValue, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** What is remembered of a conversation, oldest first: what was asked and answered, without tools and sources. */
export interface Remembered {
  readonly type: "USER" | "AI";
  readonly text: string;
}

/** Where the memory of one conversation is kept. */
export interface MemoryStore {
  /** The text that was stored last, unless its time is over. */
  read(): Promise<string | undefined>;
  write(remembered: string, ttlMs: number): Promise<void>;
  drop(): Promise<void>;
  close?(): Promise<void>;
}

export interface Memory {
  readonly store: MemoryStore;
  readonly messages: number;
  readonly ttlMs: number;
  readonly drop: "NEVER" | "BEFORE_TASKRUN" | "AFTER_TASKRUN";
}

const HOUR_MS = 3_600_000;

/** Properties that all memories have. */
export const memoryProperties = () => ({
  messages: dynamic(z.int().min(1))
    .default(10)
    .describe("Messages that are remembered, the newest of all. Default: 10."),
  ttl: duration().default(HOUR_MS).describe("How long they are remembered after the last one. Default: PT1H."),
  memoryId: text()
    .optional()
    .describe(
      "Name of the conversation. Default: the label `system.correlationId`, which executions that start each other share.",
    ),
  drop: dynamic(z.enum(["NEVER", "BEFORE_TASKRUN", "AFTER_TASKRUN"]))
    .default("NEVER")
    .describe("When all is forgotten: NEVER, BEFORE_TASKRUN or AFTER_TASKRUN. Default: NEVER."),
});

interface Written {
  readonly messages: number;
  readonly ttl: number;
  readonly drop: Memory["drop"];
}

export function memoryIn(store: MemoryStore, { messages, ttl, drop }: Written): Memory {
  return { store, messages, ttlMs: ttl, drop };
}

/** The name of a conversation. Throws `TaskFailure` where there is none. */
export async function memoryIdOf({ evaluate }: TaskContext<unknown>, written: string | undefined): Promise<string> {
  const id = written ?? String((await evaluate("{{ labels.system.correlationId }}")) ?? "");
  if (id !== "") return id;
  throw new TaskFailure("The memory has no name: `memoryId` is empty.");
}

const remembered = z.array(z.object({ type: z.enum(["USER", "AI"]), text: z.string() }));

/** What is remembered at the start of a task run. Throws `TaskFailure` for what is no memory. */
export async function recall({ store, drop, messages }: Memory): Promise<readonly Remembered[]> {
  if (drop === "BEFORE_TASKRUN") await store.drop();
  const written = await store.read();
  if (written === undefined) return [];
  const read = remembered.safeParse(jsonOf(written));
  if (!read.success) throw new TaskFailure("What is stored as the memory is none. Give another `memoryId`.");
  return newest(read.data, messages);
}

/** Adds to what is remembered, or forgets it all, at the end of a task run. */
export async function remember(
  { store, drop, messages, ttlMs }: Memory,
  before: readonly Remembered[],
  added: readonly Remembered[],
): Promise<void> {
  if (drop === "AFTER_TASKRUN") return store.drop();
  return store.write(JSON.stringify(newest([...before, ...added], messages)), ttlMs);
}

/** A conversation begins with what a user says: models take no other. */
function newest(all: readonly Remembered[], count: number): readonly Remembered[] {
  const kept = all.slice(-count);
  const first = kept.findIndex(({ type }) => type === "USER");
  return first < 0 ? [] : kept.slice(first);
}

function jsonOf(written: string): unknown {
  try {
    return parseJsonValue(written);
  } catch {
    return undefined; // Told by the caller, as any other wrong value.
  }
}
