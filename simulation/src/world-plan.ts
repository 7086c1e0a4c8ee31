import { shapes, sourceOf, type Shape } from "@capstan/engine/test-kit";
import fc from "fast-check";
import { planControl, type PlannedControl } from "./flow-control.ts";
import { createRandom, type Random } from "./random.ts";
import { type LeafKinds, leafWording, LEAVES_ANY, LEAVES_STEADY } from "./leaves.ts";

export const TENANT = "main";
export const NAMESPACE = "company.team";
export const WEBHOOK_KEY = "simulated-webhook";
/** The schedule of worlds that have one. */
export const TICK = { tenant: TENANT, namespace: NAMESPACE, flowId: "ticker", triggerId: "tick" };
/** What the clock of a world shows first, in epoch milliseconds. */
export const BEGIN = Temporal.Instant.from("2026-03-02T08:00:10Z").epochMilliseconds;
/** Time in which requests come and things go wrong, in milliseconds. */
export const BUSY_MS = 3 * 60_000;

/** What a client or a person does. */
export interface PlannedRequest {
  readonly atMs: number;
  /** Unique; what is created carries it as a label or in its body. */
  readonly name: string;
  readonly verb: "create" | "webhook" | "kill" | "pause" | "resume" | "restart" | "replay" | "force-run";
  /** Which of the known executions, for verbs that need one: a number in [0, 1). */
  readonly target: number;
}

/** Everything about a world that does not depend on what goes wrong in it. */
export interface WorldPlan {
  readonly seed: number;
  /** Flows by id, as YAML. */
  readonly sources: ReadonlyMap<string, string>;
  readonly limits: ReadonlyMap<string, { readonly limit: number; readonly behavior: string; readonly key?: string }>;
  readonly control: PlannedControl;
  readonly requests: readonly PlannedRequest[];
  /** Chooses which tasks fail. */
  readonly failing: number;
  readonly failuresPercent: number;
  /** Workers answer twice and late, and people interfere; how executions end then depends on time. */
  readonly isFlaky: boolean;
  readonly hasTicker: boolean;
  readonly hasWatcher: boolean;
  /** A flow that is started when both a main and a child have ended. */
  readonly hasGatherer: boolean;
  readonly slas: readonly PlannedSla[];
  /** Of each leaf, by flow and task (`main/t0`): a worker must have run a task of the WORKS, a Hang ends when it is killed. */
  readonly kinds: ReadonlyMap<string, string>;
}

export function planWorld(seed: number): WorldPlan {
  const random = createRandom(seed, "plan");
  const isFlaky = random.chance(0.6);
  const shape = fc.sample(shapes(isFlaky ? LEAVES_ANY : LEAVES_STEADY), { seed, numRuns: 1 })[0]!;
  const hasWatcher = random.chance(0.3);
  const hasTicker = random.chance(0.3);
  const hasGatherer = random.chance(0.2);
  const kinds: LeafKinds = new Map();
  const control = planControl(seed, isFlaky);
  const main = mainFlow(shape, random, isFlaky, { kinds, control });
  const sources = new Map([
    ["main", main.source],
    ["child", childFlow(random, kinds)],
    ...(hasWatcher ? [["watcher", watcherFlow(kinds)] as const] : []),
    ...(hasGatherer ? [["gatherer", gathererFlow(kinds)] as const] : []),
    ...(hasTicker ? [["ticker", tickerFlow(random, kinds)] as const] : []),
  ]);
  return {
    seed,
    sources,
    limits: new Map(main.limit === undefined ? [] : [["main", main.limit]]),
    control,
    requests: planRequests(random, isFlaky, control),
    failing: seed,
    failuresPercent: isFlaky ? 12 : isSerial(shape) ? 10 : 0,
    isFlaky,
    hasTicker,
    hasWatcher,
    hasGatherer,
    slas: main.slas,
    kinds,
  };
}

function mainFlow(
  shape: Shape,
  random: Random,
  isFlaky: boolean,
  { kinds, control }: { readonly kinds: LeafKinds; readonly control: PlannedControl },
) {
  const more = [
    `triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: ${WEBHOOK_KEY}}]`,
    `inputs: [{id: call, type: JSON, required: false}]`,
    ...control.lines,
  ];
  const behaviors = isFlaky ? ["QUEUE", "QUEUE", "CANCEL", "FAIL", "REPLACE"] : ["QUEUE"];
  const { key } = control;
  const limit = random.chance(0.5)
    ? { limit: 1 + random.below(2), behavior: random.pick(behaviors), ...(key === undefined ? {} : { key }) }
    : undefined;
  if (limit !== undefined) more.push(`concurrency: ${JSON.stringify(limit)}`);
  const slas = isFlaky ? chooseSlas(random) : [];
  if (slas.length > 0) more.push(`sla: [${slas.map(slaWording).join(", ")}]`);
  if (random.chance(0.2)) more.push(`retry: ${retryWording(random, isFlaky)}`);
  const leaf = leafWording("main", kinds);
  if (random.chance(0.3)) more.push(`afterExecution: [${leaf("task", "after_all")}]`);
  return { source: sourceOf(shape, { id: "main", leaf, more, retry: RETRY_OF_BLOCKS }), limit, slas };
}

/** Lets the errors of a block run between the attempts of its tasks. */
const RETRY_OF_BLOCKS = "{type: constant, interval: PT5S, maxAttempts: 2}";

/** A demand of the main flow; what it asserts is that its first task has not said anything. */
export interface PlannedSla {
  readonly id: string;
  readonly type: "MAX_DURATION" | "EXECUTION_ASSERTION";
  readonly behavior: "FAIL" | "CANCEL" | "NONE";
}
export const SLA_MS = 15_000;

function chooseSlas(random: Random): readonly PlannedSla[] {
  const slas: PlannedSla[] = [];
  for (const type of ["MAX_DURATION", "EXECUTION_ASSERTION"] as const)
    if (random.chance(0.15))
      slas.push({ id: `sla_${slas.length}`, type, behavior: random.pick(["FAIL", "CANCEL", "NONE"]) });
  return slas;
}

function slaWording({ id, type, behavior }: PlannedSla): string {
  const demand =
    type === "MAX_DURATION" ? `duration: PT${SLA_MS / 1_000}S` : `assert: "{{ (outputs.t0.attempt ?? 0) < 1 }}"`;
  return `{id: ${id}, type: ${type}, ${demand}, behavior: ${behavior}, labels: {${id}: missed}}`;
}

/** For all tasks of the flow that have none of their own. */
function retryWording(random: Random, isFlaky: boolean): string {
  const behavior = isFlaky && random.chance(0.5) ? "CREATE_NEW_EXECUTION" : "RETRY_FAILED_TASK";
  return `{type: constant, interval: PT5S, maxAttempts: 2, behavior: ${behavior}}`;
}

function childFlow(random: Random, kinds: LeafKinds): string {
  const leaf = leafWording("child", kinds);
  const tasks = [leaf("task", "c0"), ...(random.chance(0.4) ? [leaf("Note", "c1")] : [])];
  const queue = random.chance(0.3) ? "\nconcurrency: {limit: 1, behavior: QUEUE}" : "";
  return `id: child\nnamespace: ${NAMESPACE}${queue}\ntasks: [${tasks.join(", ")}]`;
}

function watcherFlow(kinds: LeafKinds): string {
  const leaf = leafWording("watcher", kinds);
  const condition = `{type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: ${NAMESPACE}, flowId: main}`;
  const trigger = `{id: main_ended, type: io.kestra.plugin.core.trigger.Flow, conditions: [${condition}], states: [SUCCESS, WARNING, FAILED, KILLED, CANCELLED]}`;
  return `id: watcher\nnamespace: ${NAMESPACE}\ntriggers: [${trigger}]\ntasks: [${leaf("Note", "w0")}, ${leaf("task", "w1")}]`;
}

function gathererFlow(kinds: LeafKinds): string {
  const leaf = leafWording("gatherer", kinds);
  const states = "[SUCCESS, WARNING, FAILED, KILLED, CANCELLED]";
  const flows = ["main", "child"].map((flowId) => `{namespace: ${NAMESPACE}, flowId: ${flowId}, states: ${states}}`);
  const trigger = `{id: both_ended, type: io.kestra.plugin.core.trigger.Flow, states: ${states}, preconditions: {id: both, flows: [${flows.join(", ")}]}}`;
  return `id: gatherer\nnamespace: ${NAMESPACE}\ntriggers: [${trigger}]\ntasks: [${leaf("Note", "g0")}]`;
}

function tickerFlow(random: Random, kinds: LeafKinds): string {
  const leaf = leafWording("ticker", kinds);
  const concurrent = random.chance(0.5);
  const trigger = `{id: tick, type: io.kestra.plugin.core.trigger.Schedule, cron: "* * * * *", allowConcurrent: ${concurrent}}`;
  const task = random.chance(0.5) ? leaf("Note", "s0") : leaf("task", "s0");
  return `id: ticker\nnamespace: ${NAMESPACE}\ntriggers: [${trigger}]\ntasks: [${task}]`;
}

/** The last of the known executions. */
const NEWEST = 1 - Number.EPSILON;
const MEDDLING = ["kill", "pause", "resume", "restart", "replay", "force-run"] as const;

function planRequests(random: Random, isFlaky: boolean, { batch }: PlannedControl): readonly PlannedRequest[] {
  const requests: PlannedRequest[] = [];
  const addAt = (verb: PlannedRequest["verb"], atMs: number, target = random.next()) =>
    requests.push({ atMs, name: `${verb}-${requests.length}`, verb, target });
  const add = (verb: PlannedRequest["verb"], withinMs: number) => addAt(verb, random.below(withinMs));
  for (let count = 1 + random.below(3); count > 0; count -= 1) add("create", BUSY_MS / 3);
  for (let count = random.below(3); count > 0; count -= 1) add("webhook", BUSY_MS / 3);
  if (batch !== undefined)
    for (let bursts = 2 + random.below(4); bursts > 0; bursts -= 1) {
      const [verb, atMs] = [random.pick(["create", "webhook"] as const), random.below(BUSY_MS / 3)];
      for (let count = 1 + random.below(3); count > 0; count -= 1) addAt(verb, atMs);
      if (random.chance(0.3)) addAt(random.pick(["kill", "force-run"] as const), atMs + random.below(2_000), NEWEST);
    }
  if (isFlaky) for (let count = random.below(5); count > 0; count -= 1) add(random.pick(MEDDLING), BUSY_MS);
  return requests;
}

/** Whether at most one thing goes on at a time, so that a failure always stops the same tasks. */
function isSerial({ kind, limit, children }: Shape): boolean {
  const isLine = kind === "Parallel" || kind === "ForEach" || kind === "Loop" ? limit === 1 : kind !== "Dag";
  return (isLine || children.length === 0) && children.every(isSerial);
}
