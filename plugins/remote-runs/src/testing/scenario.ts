import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import type { Answer, Route, Routes } from "./fake-service.ts";

/** One service, with a run that ends in every way. */
export interface Scenario {
  readonly name: string;
  readonly task: TaskDefinition;
  /** Without `wait`; the address of the service is put in place. */
  readonly properties: (url: string) => JsonMap;
  /** What the service is to get. */
  readonly authorization: string;
  /** What no message may show. */
  readonly secret: string;
  /** What is asked before the first look. */
  readonly start: Routes;
  /** Where the run is looked at. */
  readonly look: readonly [string, Omit<Route, "answers">];
  readonly going: Answer;
  readonly ended: Answer;
  readonly outputs: JsonMap;
  readonly failed: Answer;
  /** Why it failed, as the service says it. */
  readonly reason: string;
  /** What is asked only at the end of the run. */
  readonly end?: Routes;
  /** Outputs without waiting; absent where the task always waits. */
  readonly started?: JsonMap;
  /** What is answered to a cancellation, where that goes to the address of the looks. */
  readonly cancelled?: Answer;
  /** Where it goes otherwise; without both the service has no way to cancel. */
  readonly cancel?: readonly [string, Route];
  /** Whether a task that is given out again comes back to the run. */
  readonly findsAgain: boolean;
  /** Whether the task has `maxDuration`. */
  readonly isLimited: boolean;
}

/** The routes of a scenario, with what is seen of the run one after the other. */
export function routesOf({ start, look: [path, rest], cancel, end }: Scenario, ...seen: readonly Answer[]): Routes {
  return {
    ...start,
    ...end,
    [path]: { ...rest, answers: [...(start[path]?.answers ?? []), ...seen] },
    ...(cancel !== undefined && { [cancel[0]]: cancel[1] }),
  };
}
