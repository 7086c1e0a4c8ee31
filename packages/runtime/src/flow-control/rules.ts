import type { LiveExecution } from "@capstan/engine";
import type { Concurrency, Flow, Quota } from "@capstan/model";

/** For whom a limit of the configuration holds: fields that are absent say nothing. Each tenant is counted by itself. */
export interface LimitedScope {
  readonly tenant?: string | undefined;
  /** With those below it; counted together. */
  readonly namespace?: string | undefined;
}

/** Limits beyond those of single flows. */
export interface FlowControlPolicy {
  readonly concurrency: readonly (LimitedScope & Concurrency)[];
  readonly quotas: readonly (LimitedScope & Quota)[];
  readonly tasks: readonly TaskLimit[];
}

type ExecutionPolicy = Pick<FlowControlPolicy, "concurrency" | "quotas">;

/** How many tasks of a type may run at once. */
export interface TaskLimit extends LimitedScope {
  /** A type, or the beginning of several. */
  readonly type: string;
  readonly limit: number;
  /** Expression: the limit holds for each text that it renders to. */
  readonly key?: string | undefined;
}

/** One limit as the executions of a flow meet it. */
export type Rule = ConcurrencyRule | QuotaRule;
export interface ConcurrencyRule extends Concurrency, RuleBase {
  readonly kind: "concurrency";
}
export interface QuotaRule extends Quota, RuleBase {
  readonly kind: "quota";
}
interface RuleBase {
  /** What the names of its counts begin with: the same in each revision of a flow, and after a restart. */
  readonly name: string;
  readonly where: LimitPlace;
  /** The same in words, such as `the namespace company.team`; absent for that of a flow. */
  readonly scope?: string;
}

/** Where a limit holds: for a flow, for a namespace with all below it, or for a tenant. */
export interface LimitPlace {
  readonly tenant: string;
  readonly namespace?: string;
  readonly flowId?: string;
}

/** The limits of executions of a flow. */
export type RulesOf = (tenant: string, flow: Flow) => readonly Rule[];

const NO_RULES: readonly Rule[] = Object.freeze([]);

/** In the order in which they are asked: quotas, then concurrency limits, the narrower ones before the wider. */
export function createRules(policy: ExecutionPolicy = { concurrency: [], quotas: [] }): RulesOf {
  const known = new WeakMap<Flow, readonly Rule[]>();
  const hasPolicy = policy.concurrency.length + policy.quotas.length > 0;
  return (tenant, flow) => {
    if (!hasPolicy && flow.concurrency.length + flow.quotas.length === 0) return NO_RULES;
    let rules = known.get(flow);
    if (rules === undefined) known.set(flow, (rules = rulesFor(policy, tenant, flow)));
    return rules;
  };
}

function rulesFor(policy: ExecutionPolicy, tenant: string, flow: Flow): readonly Rule[] {
  const own = { name: flowName(tenant, flow), where: { tenant, namespace: flow.namespace, flowId: flow.id } };
  const applying = <Limit extends LimitedScope>(limits: readonly Limit[]) =>
    limits
      .filter((limit) => applies(limit, tenant, flow.namespace))
      .toSorted((one, other) => (other.namespace?.length ?? 0) - (one.namespace?.length ?? 0));
  const within = ({ namespace }: LimitedScope) =>
    namespace === undefined
      ? { name: `${tenant}/`, where: { tenant }, scope: `the tenant ${tenant}` }
      : { name: `${tenant}/${namespace}/`, where: { tenant, namespace }, scope: `the namespace ${namespace}` };
  return [
    ...flow.quotas.map((quota): Rule => ({ kind: "quota", ...quota, ...own })),
    ...applying(policy.quotas).map((quota): Rule => ({ kind: "quota", ...quota, ...within(quota) })),
    ...flow.concurrency.map((limit): Rule => ({ kind: "concurrency", ...limit, ...own })),
    ...applying(policy.concurrency).map((limit): Rule => ({ kind: "concurrency", ...limit, ...within(limit) })),
  ];
}

/** Whether a limit of the configuration holds for what a tenant has in a namespace. */
export function applies({ tenant, namespace }: LimitedScope, ofTenant: string, ofNamespace: string): boolean {
  if (tenant !== undefined && tenant !== ofTenant) return false;
  return namespace === undefined || ofNamespace === namespace || ofNamespace.startsWith(`${namespace}.`);
}

/** What the counts of a flow's own limits are called; those of namespaces and tenants end with a slash. */
export function flowName(tenant: string, { namespace, id }: Pick<Flow, "namespace" | "id">): string {
  return `${tenant}/${namespace}/${id}`;
}

/** One count of a rule: which one an execution belongs to. */
export interface Count {
  readonly name: string;
  /** The text of the key. */
  readonly key?: string;
}

/**
 * Undefined for an execution that the rule does not count: it was created when the key was not asked for, or it runs in the place
 * of the one that waits for it. Two that hold all places of a namespace and wait for others in it would wait for ever.
 */
export function countFor(rule: Rule, { fixed }: LiveExecution): Count | undefined {
  const { name, where } = rule;
  const { control, parent } = fixed;
  if (rule.kind === "concurrency" && where.flowId === undefined && parent !== undefined) return undefined;
  const window = rule.kind === "quota" ? ` ${rule.durationMs}` : "";
  if (rule.key === undefined) return { name: name + window };
  const key = control?.keys?.[rule.key];
  return key === undefined ? undefined : { name: `${name}${window} ${rule.key} ${key}`, key };
}

/** Where an execution stands in queues: its priority, and the groups that take turns. */
export function queuePlace({ fixed }: LiveExecution): { readonly priority: number; readonly path: readonly string[] } {
  return { priority: fixed.control?.priority ?? 0, path: [fixed.namespace, fixed.flowId] };
}

export function hasQuota(rules: readonly Rule[]): boolean {
  return rules.some(({ kind }) => kind === "quota");
}

export function withoutQuotas(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(({ kind }) => kind !== "quota");
}
