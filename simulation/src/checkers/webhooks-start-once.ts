import type { Checker } from "../history.ts";
import { nameOf, startsOf } from "./starts-are-in-one-batch.ts";

/** A request that creates an execution creates one, or none if it was never answered; however often it is sent with its key. */
export const webhooksStartOnce: Checker = {
  invariant: "a webhook starts exactly one execution for each acknowledged request",
  watch: ({ violate }) => {
    const acknowledged = new Map<string, string>();
    return (observation) => {
      if (observation.type === "acknowledged" && isStart(observation.verb)) {
        const { name, executionId } = observation;
        const before = acknowledged.get(name) ?? executionId;
        if (before !== executionId) violate(`${name} was answered ${before}, and then ${executionId}`);
        acknowledged.set(name, executionId);
      }
      if (observation.type !== "over") return;
      const counts = new Map<string, number>();
      for (const { id, row } of observation.stored) {
        if (row === undefined || row.originalId !== id || row.labels.some(({ key }) => key === "system.replay"))
          continue;
        for (const name of startsOf(row).map(nameOf))
          if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [name, count] of counts) if (count > 1) violate(`${name} started ${count} executions`);
      for (const name of acknowledged.keys())
        if (!counts.has(name)) violate(`${name} was acknowledged and started nothing`);
    };
  },
};

function isStart(verb: string): boolean {
  return verb === "create" || verb === "webhook";
}
