import type { Metric, Services } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import type { LogLine } from "@capstan/store";
import type { GroupChildEnd, JobHost, JobResult } from "../worker.ts";

/** A host that remembers what it is told, and resolves `ended(key)` once a job is over. */
export interface RecordingHost extends JobHost {
  readonly events: string[];
  readonly lines: (LogLine & { readonly taskId: string })[];
  readonly metricsSeen: Metric[];
  readonly children: GroupChildEnd[];
  readonly results: Map<string, JobResult>;
  readonly lookups: (readonly string[])[];
  over(key: string): Promise<JobResult>;
  /** Resolves once a log line contains the text. */
  logged(text: string): Promise<void>;
}

export function createRecordingHost(
  options: TestOptions & { readonly outputs?: Record<string, unknown> } = {},
): RecordingHost {
  const { services } = createTestWorld(options);
  const waiting = new Map<string, PromiseWithResolvers<JobResult>>();
  const watched: { readonly text: string; readonly seen: () => void }[] = [];
  const waiterOf = (key: string) => {
    const waiter = waiting.get(key) ?? Promise.withResolvers<JobResult>();
    waiting.set(key, waiter);
    return waiter;
  };
  const host: RecordingHost = {
    events: [],
    lines: [],
    metricsSeen: [],
    children: [],
    results: new Map(),
    lookups: [],
    started: (key, _at, settled) => {
      host.events.push(`started ${key}`);
      settled?.();
    },
    childEnded: (_key, child, settled) => {
      host.children.push(child);
      settled?.();
    },
    log: (_key, taskId, lines, settled) => {
      for (const line of lines) host.lines.push({ ...line, taskId });
      for (const { text, seen } of watched) if (lines.some(({ message }) => message.includes(text))) seen();
      settled?.();
    },
    triggerLog: ({ triggerId }, lines, settled) => host.log("", triggerId, lines, settled),
    metrics: (_key, _taskId, metrics, settled) => {
      host.metricsSeen.push(...metrics);
      settled?.();
    },
    ended: (key, result, settled) => {
      host.events.push(`ended ${key}`);
      host.results.set(key, result);
      waiterOf(key).resolve(result);
      settled?.();
    },
    lookup: async (_key, path) => {
      host.lookups.push(path);
      return path.length === 1 ? options.outputs : options.outputs?.[path[1]!];
    },
    services: (): Services => services,
    over: (key) => waiterOf(key).promise,
    logged: (text) => new Promise((resolve) => watched.push({ text, seen: resolve })),
  };
  return host;
}
