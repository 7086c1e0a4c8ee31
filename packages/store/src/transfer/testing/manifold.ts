import { isTerminal, type State } from "@capstan/engine";
import {
  addedStart,
  execution,
  flow,
  line,
  logBatch,
  metric,
  T0,
  taskRun,
  TENANT,
  trigger,
} from "../../conformance/fixtures.ts";
import type { CommitUnit, Store } from "../../store.ts";

const STATES: readonly State[] = ["SUCCESS", "FAILED", "PAUSED", "QUEUED", "RUNNING", "KILLED", "WARNING"];
const TEXTS = ["plain", "", "é 漢 \u{1F600}", 'quote " and \\u0000 \\\\', "zero \0 zero", "x".repeat(3_000)];

/**
 * Units that make a store hold rows of every table and of many shapes; `count` executions, some of which live unless all are to
 * have ended.
 */
export function manifoldUnits(count: number, options: { readonly ended?: boolean } = {}): readonly CommitUnit[] {
  const states = options.ended === true ? STATES.filter(isTerminal) : STATES;
  return [...administration(), ...Array.from({ length: count }, (_, number) => executionUnit(number, states))];
}

function administration(): readonly CommitUnit[] {
  const [first, second] = [flow("two", { labels: { team: "a" } }), flow("two", { revision: 2, checked: '{"a":1}' })];
  const key = { tenant: TENANT, namespace: "company.team" };
  return [
    { flows: [first, second], appliedFlows: [second] },
    { flows: [flow("unapplied"), flow("gone", { deleted: true, triggers: [{ id: "t", type: "a.B" }] })] },
    {
      flows: [flow("other", { tenant: "second" })],
      appliedFlows: [{ tenant: "second", namespace: "company.team", id: "other", revision: 1 }],
    },
    { flows: [flow("again"), flow("again", { revision: 2 })], appliedFlows: [flow("again")] },
    {
      triggers: [
        trigger("due", { nextDate: T0, wakeAt: T0, memory: { seen: [1, { a: "\0" }] } }),
        trigger("locked", { executionId: "e1", date: T0, disabled: true }),
      ],
      keyValues: [
        { ...key, key: "n", value: { a: [1.5, null, "\0"] }, type: "JSON", createdAt: T0, updatedAt: T0, revision: 3 },
        { ...key, key: "expired", value: "x", type: "STRING", createdAt: T0, updatedAt: T0, expiresAt: T0 + 1 },
      ],
      idempotencyKeys: [
        { tenant: TENANT, id: "k1", fingerprint: "f", executionId: "e1", createdAt: T0, expiresAt: T0 + 5 },
        { tenant: TENANT, id: "k2", fingerprint: "g", result: { a: "\0" }, createdAt: T0, expiresAt: T0 + 4 },
      ],
      documents: [{ tenant: TENANT, kind: "namespace", id: "company.team", updatedAt: T0, body: { a: "\0", b: [1] } }],
      logs: [logBatch({ triggerId: "due", lines: [line(5, "asked", "DEBUG")] })],
    },
  ];
}

function executionUnit(number: number, states: readonly State[]): CommitUnit {
  const id = `e${String(number).padStart(6, "0")}`;
  const state = states[number % states.length]!;
  const text = TEXTS[number % TEXTS.length]!;
  const isLive = !isTerminal(state);
  const parent =
    number % 5 === 4 ? { parent: { executionId: `e${String(number - 1).padStart(6, "0")}`, taskRun: 1 } } : {};
  return {
    executions: [
      execution(id, {
        state,
        // Several of one moment, and later ids before earlier ones.
        start: T0 + (number % 3) * 1_000,
        flowId: number % 4 === 0 ? "two" : "hello",
        namespace: number % 6 === 0 ? "company" : "company.team",
        kind: number % 10 === 9 ? "TEST" : "NORMAL",
        labels:
          number % 2 === 0
            ? [
                { key: "team", value: text },
                { key: "system.from", value: "ui" },
              ]
            : [],
        inputs: { text, number },
        ...parent,
      }),
    ],
    taskRuns: [0, 1, 2].map((index) =>
      taskRun(id, index, { outputs: { text }, ...(index === 1 && { state: "SUCCESS" }) }),
    ),
    logs: [
      logBatch({
        executionId: id,
        taskId: "a",
        taskRunId: `${id}-0`,
        taskRunIndex: 0,
        attempt: 1,
        lines: [line(0, text), line(3, "two", "ERROR")],
      }),
      logBatch({ executionId: id, lines: [line(0, "same moment", "WARN")] }),
    ],
    metrics: [
      metric("rows", { executionId: id, tags: { text } }),
      metric("time", { executionId: id, type: "timer", taskId: "b" }),
    ],
    ...(isLive && { timers: [{ tenant: TENANT, executionId: id, key: "task:1:over", at: T0 + number }] }),
    ...(isLive && { messages: [{ tenant: TENANT, executionId: id, id: `m${9 - (number % 10)}`, body: { text } }] }),
    ...(isLive && { addedStarts: [1, 2].map((place) => addedStart(id, place, { inputs: { text } })) }),
  };
}

const PAGE = { offset: 0, limit: 10_000 } as const;

/** All that a store answers about what `manifoldUnits` made. */
export async function allAnswers(store: Store) {
  const filter = { tenant: TENANT };
  const { rows: executions, total } = await store.executions.search(filter, PAGE);
  const sorted = (key: "state" | "duration", descending: boolean) =>
    store.executions.search(filter, { ...PAGE, sort: [{ key, descending }] });
  return {
    executions,
    total,
    byState: await sorted("state", false),
    byDuration: await sorted("duration", true),
    labelled: await store.executions.search({ ...filter, labels: [{ key: "team", value: TEXTS[5]! }] }, PAGE),
    live: await store.executions.listByState(["RUNNING", "PAUSED", "QUEUED"], 1_000),
    queued: await store.executions.countByFlow(TENANT, "company.team", "hello", ["QUEUED"]),
    taskRuns: await Promise.all(executions.map(({ id }) => store.executions.taskRuns(TENANT, id))),
    logs: await store.logs.search(filter, PAGE),
    metrics: withoutZero(await store.metrics.search(filter, PAGE)),
    flows: await store.flows.search({ ...filter, includeDeleted: true }, PAGE),
    revisions: await store.flows.revisions({ tenant: TENANT, namespace: "company.team", id: "two" }),
    keys: [await store.flows.keys(TENANT), await store.flows.keys("second")],
    withTrigger: await store.flows.withTrigger("a.B"),
    unapplied: await store.flows.unapplied(100),
    triggers: await store.triggers.search(filter, PAGE),
    toWake: await store.triggers.toWake({ after: 0, until: T0 + 10 }, 10),
    keyValues: await store.keyValues.list(TENANT, "company.team", T0),
    timers: await store.timers.all(),
    messages: await store.messages.all(),
    addedStarts: await store.addedStarts.of(executions),
    idempotencyKeys: await store.idempotencyKeys.expiring(10),
    documents: await store.documents.list(TENANT, "namespace"),
  };
}

/** PostgreSQL keeps metrics without the character 0. */
function withoutZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/(?<!\\)\\u0000/g, "\uFFFD"));
}
