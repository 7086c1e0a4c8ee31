import { compile, ExpressionSyntaxError } from "@capstan/expression";
import { parseDuration, QUOTA_LIMIT_MAX, QUOTA_WINDOW_MIN, WINDOW_MAX } from "@capstan/model";
import type { RuntimeOptions } from "@capstan/runtime";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS } from "./configuration-defaults.ts";
import { durationFrom, integerFrom, text } from "./setting-kinds.ts";

const DEFAULTS = CONFIGURATION_DEFAULTS.flowControl;
/** Executions, or tasks, that one limit lets run at once at most. */
const LIMIT_MAX = 1_000_000;

const expression = text.superRefine((source, context) => {
  try {
    compile(source);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    context.addIssue({ code: "custom", message: `the key is no expression: ${error.message}` });
  }
});

const scope = { tenant: text.optional(), namespace: text.optional(), key: expression.optional() };

const concurrency = z.strictObject({
  ...scope,
  limit: integerFrom(1, LIMIT_MAX),
  behavior: z.enum(["QUEUE", "CANCEL", "FAIL", "REPLACE"]).default("QUEUE"),
});

const quota = z.strictObject({
  ...scope,
  duration: durationFrom(QUOTA_WINDOW_MIN, WINDOW_MAX),
  limit: integerFrom(1, QUOTA_LIMIT_MAX),
  behavior: z.enum(["QUEUE", "CANCEL", "FAIL"]).default("QUEUE"),
});

const tasks = z.strictObject({ ...scope, type: text, limit: integerFrom(1, LIMIT_MAX) });

/** Limits that hold for many flows. */
export const flowControlSchema = z.strictObject({
  concurrency: once(concurrency, ({ tenant, namespace, key }) => [tenant, namespace, key])
    .default(DEFAULTS.concurrency)
    .describe(
      "How many executions may run at once: a list of limit, with behavior and key as in flows, for a namespace (with those below it, together), a tenant, or each tenant",
    ),
  quotas: once(quota, ({ tenant, namespace, key, duration }) => [tenant, namespace, key, parseDuration(duration)])
    .default(DEFAULTS.quotas)
    .describe("How many executions may start in a time: a list of duration and limit, for whom as above"),
  tasks: once(tasks, ({ tenant, namespace, key, type }) => [tenant, namespace, key, type])
    .default(DEFAULTS.tasks)
    .describe(
      "How many tasks may run at once: a list of type (or the beginning of several) and limit, for whom as above",
    ),
});

/** A list in which no two limits count the same. */
function once<Item extends z.ZodType>(item: Item, counted: (item: z.output<Item>) => readonly unknown[]) {
  return z.array(item).superRefine((items, context) => {
    const known = new Set<string>();
    for (const [index, each] of items.entries()) {
      const name = JSON.stringify(counted(each));
      if (known.has(name))
        context.addIssue({ code: "custom", message: `the limit ${index + 1} of the list counts the same as another` });
      known.add(name);
    }
  });
}

/** What the runtime limits; undefined where nothing is set. */
export function flowControlOf(settings: z.output<typeof flowControlSchema>): RuntimeOptions["flowControl"] {
  if (settings.concurrency.length + settings.quotas.length + settings.tasks.length === 0) return undefined;
  return {
    concurrency: settings.concurrency.map(present),
    quotas: settings.quotas.map(({ duration, ...limit }) => ({
      ...present(limit),
      durationMs: parseDuration(duration)!,
    })),
    tasks: settings.tasks.map(present),
  };
}

type Present<Limit> = { [Key in keyof Limit]: Exclude<Limit[Key], undefined> };

/** Without what is not set. */
function present<Limit extends object>(limit: Limit): Present<Limit> {
  return Object.fromEntries(Object.entries(limit).filter(([, value]) => value !== undefined)) as Present<Limit>;
}
