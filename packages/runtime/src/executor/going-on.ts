import { goingOn, restoreLive, type ExecutionRow, type Rewound } from "@capstan/engine";
import type { CommitUnit, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { duringFor, type HeldKey } from "../idempotency/held-key.ts";
import type { ExecutionWithRuns } from "../services.ts";
import type { Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import { type FlowRegistry, planFor } from "./flows.ts";
import { commitInsisting, isPassing } from "./insist.ts";
import type { OneByOne } from "./one-by-one.ts";

export interface GoingOnParts {
  readonly store: Store;
  readonly executor: Executor;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly oneByOne: OneByOne;
}

/** Makes durable from where an execution goes on, and takes it into memory; answers it as it was before that. */
export async function goOnFrom(
  parts: GoingOnParts,
  tenant: string,
  rewound: Rewound,
  requestKey?: HeldKey,
): Promise<ExecutionWithRuns> {
  const { row, taskRuns, removed } = goingOn(rewound, parts.clock.now());
  const executionId = row.id;
  const plan = await planFor(parts.flows, row);
  const unit: CommitUnit = {
    executions: [row],
    taskRuns: taskRuns.map((run) => ({ tenant, executionId, row: run })),
    removedTaskRuns: removed.map((index) => ({ tenant, executionId, index })),
    ...(requestKey !== undefined && { idempotencyKeys: [requestKey.row({ executionId })] }),
  };
  const adopt = () => parts.creation.adoptRestored(restoreLive(plan, row, taskRuns));
  try {
    await parts.store.commit(unit);
  } catch (error) {
    if (isPassing(error)) void duringFor(requestKey, adoptLater(parts, row, unit, adopt));
    throw error;
  }
  adopt();
  return { row: rewound.row, taskRuns: rewound.taskRuns };
}

/** It may have been kept although nobody said so. What became of it is known before anybody asks for something else. */
function adoptLater(parts: GoingOnParts, row: ExecutionRow, unit: CommitUnit, adopt: () => void): Promise<void> {
  return parts.oneByOne(row, async () => {
    try {
      await commitInsisting(parts, unit);
      adopt();
    } catch (error) {
      parts.logger.error(
        { err: error, executionId: row.id },
        "an execution that was to go on is left to the next start",
      );
    }
  });
}
