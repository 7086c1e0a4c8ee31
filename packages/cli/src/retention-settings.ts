import { isTerminal, parseDuration, STATES } from "@capstan/model";
import type { RuntimeOptions } from "@capstan/runtime";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS } from "./configuration-defaults.ts";
import { text } from "./setting-kinds.ts";
import { TENANT } from "./tenant.ts";

const DEFAULTS = CONFIGURATION_DEFAULTS.retention;
const DAY_MS = 86_400_000;
const KEEP = "it must be a duration in whole days from P1D to P36500D, or forever";
const FOREVER = "forever";

const keep = z.string({ error: KEEP }).refine(isKeep, KEEP);

/** In which executions end. */
const ENDS = STATES.filter(isTerminal);

const rule = z
  .strictObject({
    tenant: text.optional(),
    namespace: text.optional(),
    flowId: text.optional(),
    states: z.array(z.enum(ENDS)).nonempty().optional(),
    executions: keep.optional(),
    logs: keep.optional(),
  })
  .refine(({ executions, logs }) => executions !== undefined || logs !== undefined, {
    error: "a rule says how long executions or logs are kept",
  })
  .refine(({ logs, flowId, states }) => logs === undefined || (flowId === undefined && states === undefined), {
    error: "a rule about a flow or about states can't say how long logs are kept: give that a rule of its own",
  });

/** How long what executions leave behind is kept. */
export const retentionSchema = z.strictObject({
  executions: keep
    .default(DEFAULTS.executions)
    .describe(
      "How long executions are kept after their end, with their logs, metrics and files, such as P90D; forever: until somebody removes them",
    ),
  logs: keep.optional().describe("How long lines of logs are kept; as long as their executions when it is not set"),
  rules: z
    .array(rule)
    .default(DEFAULTS.rules)
    .describe(
      "Exceptions, the first that fits decides: tenant, namespace (with those below it), flowId and states say for what, executions and logs how long",
    ),
});

/** What the runtime removes by itself; undefined where nothing is to be. */
export function retentionOf(settings: z.output<typeof retentionSchema>): RuntimeOptions["retention"] {
  const { executions, logs, rules } = settings;
  if ([executions, logs ?? FOREVER, ...rules.flatMap((one) => [one.executions, one.logs])].every(isForever))
    return undefined;
  return {
    tenants: [...new Set([TENANT, ...rules.flatMap(({ tenant }) => tenant ?? [])])],
    executionsMs: keepMs(executions),
    ...(logs !== undefined && { logsMs: keepMs(logs) }),
    rules: rules.map(({ tenant, namespace, flowId, states, ...kept }) => ({
      tenant,
      namespace,
      flowId,
      states,
      executionsMs: kept.executions === undefined ? undefined : keepMs(kept.executions),
      logsMs: kept.logs === undefined ? undefined : keepMs(kept.logs),
    })),
  };
}

function isForever(duration: string | undefined): boolean {
  return duration === undefined || duration === FOREVER;
}

function isKeep(duration: string): boolean {
  const milliseconds = keepMs(duration);
  return (
    milliseconds === Infinity ||
    (milliseconds >= DAY_MS && milliseconds <= 36_500 * DAY_MS && milliseconds % DAY_MS === 0)
  );
}

function keepMs(duration: string): number {
  return duration === FOREVER ? Infinity : (parseDuration(duration) ?? 0);
}
