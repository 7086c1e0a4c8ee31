import type { Checker } from "../history.ts";
import { BEGIN, TICK } from "../world-plan.ts";

const MINUTE_MS = 60_000;

/** The simulated schedule is due each minute, and makes up for what it missed. */
export const schedulesFireOnce: Checker = {
  invariant: "a schedule fires exactly once for each of its dates",
  watch: ({ violate, plan }) => {
    return (observation) => {
      if (observation.type !== "over" || !plan.hasTicker) return;
      const dates = observation.stored
        .flatMap(({ row }) => (row?.trigger?.id === TICK.triggerId ? [String(row.trigger.variables["date"])] : []))
        .map((date) => Temporal.Instant.from(date).epochMilliseconds)
        .toSorted((one, other) => one - other);
      for (const [position, date] of dates.entries()) {
        const before = dates[position - 1];
        if (before === undefined || date - before === MINUTE_MS) continue;
        violate(`between two dates that fired lie ${(date - before) / MINUTE_MS} minutes instead of one`);
      }
      // A clock that was set back may never have come to the first of them.
      const last = dates.at(-1) ?? BEGIN;
      const isPrompt = plan.sources.get(TICK.flowId)?.includes("allowConcurrent: true") === true;
      if (isPrompt && last + 2 * MINUTE_MS < observation.scheduledUntil)
        violate("the schedule stopped before it was switched off");
    };
  },
};
