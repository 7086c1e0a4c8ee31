import { isTerminal } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";

/** A flow that waits for two ends starts once for each pair, and no end is a part of two pairs. */
export const endsAreGatheredOnce: Checker = {
  invariant: "an end counts once for a flow trigger that waits for several",
  watch: ({ violate, plan }) => {
    return (observation) => {
      if (observation.type !== "over" || !plan.hasGatherer) return;
      const ends = { main: 0, child: 0 };
      let started = 0;
      for (const { row } of observation.stored) {
        if (row?.flowId === "gatherer") started += 1;
        if (row?.flowId !== "main" && row?.flowId !== "child") continue;
        ends[row.flowId] += ownHistory(row).filter(({ state }) => isTerminal(state) && state !== "RETRIED").length;
      }
      const pairs = Math.min(ends.main, ends.child);
      if (started > pairs) violate(`${started} pairs were found among ${ends.main} and ${ends.child} ends`);
      if (started === 0 && pairs > 0) violate(`none of ${pairs} pairs was found`);
    };
  },
};
