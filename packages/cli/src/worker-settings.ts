import { parseDuration } from "@capstan/model";
import type { RuntimeOptions, WorkerSettings } from "@capstan/runtime";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS } from "./configuration-defaults.ts";
import { Mistake } from "./mistake.ts";
import { durationFrom, flag, integerFrom, text, token } from "./setting-kinds.ts";

const DEFAULTS = CONFIGURATION_DEFAULTS;

const group = text.regex(/^[\w.-]{1,63}$/, { error: "a group is a name of at most 63 letters, digits and -_." });

const workerToken = z.strictObject({
  name: text.regex(/^[\w.-]{1,63}$/, { error: "a name is at most 63 letters, digits and -_." }),
  token,
  groups: z.array(group).default([]),
});

const assignment = z
  .strictObject({
    tenant: text.optional(),
    namespace: text.optional(),
    group,
    fallback: z.enum(["WAIT", "FAIL", "CANCEL", "IGNORE"]).default("WAIT"),
  })
  .refine(({ tenant, namespace }) => tenant !== undefined || namespace !== undefined, {
    error: "it must name a namespace or a tenant",
  });

/** Workers of other processes, as a server sees them. */
export const workersSchema = z.strictObject({
  tokens: z
    .array(workerToken)
    .default(DEFAULTS.workers.tokens)
    .describe(
      "What lets workers of other processes in: maps of name, token, and groups whose jobs they take; without groups those of the default group. None: only the server runs tasks, and groups do not count",
    ),
  lostAfter: durationFrom("PT1S", "PT1H")
    .default(DEFAULTS.workers.lostAfter)
    .describe("How long a worker may be silent before its jobs start again elsewhere, PT1S to PT1H"),
  local: flag
    .default(DEFAULTS.workers.local)
    .describe("Whether the server runs tasks of the default group itself, beside its workers"),
  assignments: z
    .array(assignment)
    .default(DEFAULTS.workers.assignments)
    .describe(
      "Groups for tasks that name none: maps of namespace (with those below it) or tenant, group, and fallback; the nearest namespace decides",
    ),
});

/** A worker in a process of its own. */
export const workerSchema = z.strictObject({
  server: text
    .regex(/^https?:\/\/[^@]+$/, { error: "it must be an address such as https://capstan.example.org, without a name" })
    .optional()
    .describe("For capstan worker: address of the server, or of what stands before several"),
  token: token.optional().describe("For capstan worker: one of the tokens in workers.tokens of the server"),
  groups: z
    .array(group)
    .default(DEFAULTS.worker.groups)
    .describe("For capstan worker: groups whose jobs it takes; all of its token by default"),
  name: text
    .min(1, { error: "it must be a text" })
    .max(200, { error: "it may have 200 characters" })
    .optional()
    .describe("For capstan worker: what people call it; its host and process by default"),
  grace: durationFrom("PT0S", "P1D")
    .default(DEFAULTS.worker.grace)
    .describe("For capstan worker: how long jobs may go on when it is told to stop, up to P1D; then others get them"),
  concurrency: integerFrom(1, 10_000)
    .default(DEFAULTS.worker.concurrency)
    .describe("For capstan worker: jobs that it runs at the same time, 1 to 10000"),
});

/** A server among those that share a database. */
export interface WorkingMember {
  /** Whether it runs tasks. */
  readonly isWorker: boolean;
  /** How long the others may be silent, in milliseconds. */
  readonly leaseMs: number;
}

/**
 * What the runtime is to know of workers; nothing where none may come. `member` where other servers may run tasks as well. Throws a
 * `Mistake` where nobody would run a task.
 */
export function workersOf(
  settings: z.output<typeof workersSchema>,
  member?: WorkingMember,
): Pick<RuntimeOptions, "workers"> {
  const { tokens, lostAfter, local, assignments } = settings;
  const hasGroups = tokens.length > 0;
  if (!hasGroups && member === undefined && local) return {};
  if (!hasGroups && member === undefined)
    throw new Mistake("workers.local is false and workers.tokens names nobody else who could run tasks — add a token");
  return {
    workers: {
      lostAfterMs: parseDuration(lostAfter)!,
      ...(member !== undefined && { memberLostAfterMs: member.leaseMs }),
      isLocal: local && member?.isWorker !== false,
      hasGroups,
      targetOf: targets(assignments),
    },
  };
}

/** The longest namespace that a namespace is, or lies in; else the tenant. */
function targets(assignments: readonly z.output<typeof assignment>[]): WorkerSettings["targetOf"] {
  const longestFirst = assignments.toSorted(
    (one, other) => (other.namespace?.length ?? -1) - (one.namespace?.length ?? -1),
  );
  return (tenant, namespace) => {
    const found = longestFirst.find(
      (one) =>
        (one.tenant === undefined || one.tenant === tenant) &&
        (one.namespace === undefined || `${namespace}.`.startsWith(`${one.namespace}.`)),
    );
    return found && { groups: [found.group], match: "ALL", fallback: found.fallback };
  };
}
