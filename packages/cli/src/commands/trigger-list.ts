import type { TriggerAnswer } from "../api-client/client.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { readableDuration } from "../terminal/readable-duration.ts";
import { formatTable, tellRest } from "../terminal/table.ts";
import { short } from "./plugin-list.ts";

export interface TriggerListOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** Lists triggers with what each is up to. */
export async function triggerList(options: TriggerListOptions): Promise<number> {
  const { results, total } = await connect(options).listTriggers({
    namespace: options.namespace,
    size: options.limit,
    sort: "flowId:asc",
  });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results, total }, undefined, 2)}\n`);
  else if (total === 0) process.stderr.write("no flow has a trigger — capstan flow list shows the flows\n");
  else {
    process.stdout.write(formatTable(["TRIGGER", "TYPE", "STATE", "LAST", "NEXT", "LAG"], results.map(rowOf)));
    tellRest(results.length, total);
  }
  return 0;
}

function rowOf({ trigger, state }: TriggerAnswer): readonly string[] {
  const { namespace, flowId, triggerId, lastTriggeredDate: last, nextEvaluationDate: next, lagMs = 0 } = state;
  return [
    `${namespace} ${flowId} ${triggerId}`,
    short(trigger.type),
    trigger.disabled === true ? "off in its flow" : stateOf(state),
    last === undefined ? "" : localTime(last),
    next === undefined || state.disabled ? "" : localTime(next),
    lagMs === 0 ? "" : readableDuration(lagMs),
  ];
}

function stateOf({ disabled, executionId, backfill }: TriggerAnswer["state"]): string {
  if (disabled) return "paused";
  if (executionId !== undefined) return `locked by ${executionId}`;
  return backfill === undefined || backfill.paused ? "waits" : "backfills";
}
