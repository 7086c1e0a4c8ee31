import { isTerminal, type ExecutionRow } from "@capstan/engine";
import type { Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { RequestError } from "../errors.ts";
import type { ExecutionService } from "../services.ts";
import type { Executor } from "./executor.ts";
import { withNote } from "./noted-rows.ts";
import type { OneByOne } from "./one-by-one.ts";
import { ended, required } from "./stored-executions.ts";
import { storedExecution } from "./watching.ts";

export type Corrections = Pick<ExecutionService, "setLabels" | "changeStatus" | "delete">;

export interface CorrectionParts {
  readonly store: Store;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly deleteFiles: (row: ExecutionRow) => Promise<void>;
  readonly oneByOne: OneByOne;
}

/** What people change about executions that have ended. Every answer is durable. */
export function createCorrections(parts: CorrectionParts): Corrections {
  const { store, executor, clock, deleteFiles, oneByOne } = parts;
  const write = async (row: ExecutionRow): Promise<ExecutionRow> => {
    await store.commit({ executions: [row] });
    return row;
  };
  /** Tasks that run after its end would write over what is changed now. */
  const settled = async (tenant: string, id: string): Promise<ExecutionRow> => {
    if (executor.get({ tenant, id }) !== undefined) await executor.unlessStalled(executor.idle());
    return (await ended(parts, tenant, id)).row;
  };
  return {
    setLabels: (tenant, id, labels, { by } = {}) =>
      oneByOne({ tenant, id }, async () => {
        const { row } = await required(store, tenant, id);
        const reserved = labels.find(({ key }) => key.startsWith("system."));
        if (reserved !== undefined) {
          const message = `the label ${reserved.key} is reserved: choose a key without system.`;
          throw new RequestError("label-reserved", message);
        }
        if (!isTerminal(row.state)) {
          const message = `the execution ${id} is ${row.state}: labels can be set once it has ended, wait for that or kill it`;
          throw new RequestError("execution-not-ended", message);
        }
        const settledRow = await settled(tenant, id);
        const kept = settledRow.labels.filter(({ key }) => key.startsWith("system."));
        return write(
          withNote({ ...settledRow, labels: [...kept, ...labels] }, { at: clock.now(), code: "labelled", by }),
        );
      }),
    changeStatus: (tenant, id, state, { by } = {}) =>
      oneByOne({ tenant, id }, async () => {
        const { row } = await required(store, tenant, id);
        if (!isTerminal(row.state) || !isTerminal(state)) {
          const message = `the execution ${id} is ${row.state} and can't become ${state}: only a final state changes, into a final one`;
          throw new RequestError("state-not-terminal", message);
        }
        const settledRow = await settled(tenant, id);
        const at = clock.now();
        const history = [...settledRow.history, { state, date: at }];
        return write(withNote({ ...settledRow, state, history }, { at, code: "state-changed", by }));
      }),
    delete: (tenant, id, { logs, metrics, storage }) =>
      oneByOne({ tenant, id }, async () => {
        const found = await storedExecution(store, tenant, id);
        if (found === undefined) return false;
        if (executor.get({ tenant, id }) !== undefined)
          throw new RequestError("execution-running", `the execution ${id} is ${found.row.state}: kill it first`);
        await store.commit({ removedExecutions: [{ tenant, id, logs, metrics }] });
        if (storage) await deleteFiles(found.row);
        return true;
      }),
  };
}
