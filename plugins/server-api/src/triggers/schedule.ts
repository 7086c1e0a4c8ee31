import { z } from "zod";

const definition = () => z.looseObject({ type: z.string(), disabled: z.boolean().optional() });
const state = () =>
  z.looseObject({
    namespace: z.string(),
    flowId: z.string(),
    triggerId: z.string(),
    disabled: z.boolean().optional(),
    executionId: z.string().optional(),
    backfill: z.unknown().optional(),
    /** Before 2.0, of the last execution, or of the last change where there was none. */
    date: z.string().optional(),
    nextExecutionDate: z.string().optional(),
    lastTriggeredDate: z.string().optional(),
    nextEvaluationDate: z.string().optional(),
  });

/** A trigger with its state, under the names that servers have before 2.0 and since. */
export const triggerRow = () =>
  z.object({
    abstractTrigger: definition().optional(),
    triggerContext: state().optional(),
    trigger: definition().optional(),
    state: state().optional(),
  });

export interface Schedule {
  readonly place: { readonly namespace: string; readonly flowId: string; readonly triggerId: string };
  /** ISO-8601. */
  readonly lastExecution: string | undefined;
  readonly expectedNext: string | undefined;
  /** That it waits for. */
  readonly executionId: string | undefined;
  readonly isDisabled: boolean;
  readonly isBackfilled: boolean;
}

/** The schedule that a row tells of; undefined for other triggers, and where the flow is gone. */
export function scheduleOf(row: z.output<ReturnType<typeof triggerRow>>): Schedule | undefined {
  const written = row.trigger ?? row.abstractTrigger;
  const told = row.state ?? row.triggerContext;
  if (written === undefined || told === undefined || !/\.schedule$/i.test(written.type)) return undefined;
  const { namespace, flowId, triggerId, executionId, backfill } = told;
  return {
    place: { namespace, flowId, triggerId },
    lastExecution: row.state === undefined ? told.date : told.lastTriggeredDate,
    expectedNext: told.nextEvaluationDate ?? told.nextExecutionDate,
    executionId,
    isDisabled: written.disabled === true || told.disabled === true,
    isBackfilled: backfill !== undefined && backfill !== null,
  };
}
