import { lastLimit, type ExecutionRow, type State } from "@capstan/engine";
import { ownHistory, takesSlot } from "../durable.ts";
import { keyOf } from "../flow-control.ts";
import type { Checker } from "../history.ts";

/** Who left its slot so recently may still have had it when somebody else was refused. */
const RECENT_MS = 500;

/** Refused or queued is only who finds all slots taken; that a queue moves on is seen at the end. */
export const slotsAreNotLeaked: Checker = {
  invariant: "a free slot is given to who asks for it",
  watch: (view) => {
    const { durable, violate, plan } = view;
    const lastSeen = new Map<string, { readonly row: ExecutionRow; at: number }>();
    const look = (row: ExecutionRow) => {
      const isTaking =
        takesSlot(row) ||
        ownHistory(row).some(({ state, date }) => state === "RUNNING" && date >= view.now - RECENT_MS);
      if (isTaking) lastSeen.set(row.id, { row, at: view.now });
    };
    const demandFull = (row: ExecutionRow) => {
      const limit = plan.limits.get(row.flowId);
      const answer = answerTo(row, durable.executions.get(row.id));
      if (limit === undefined || !["QUEUED", "CANCELLED", "FAILED"].includes(answer ?? "")) return;
      const reached = lastLimit(row);
      if (reached?.scope !== undefined || reached?.window !== undefined) return;
      for (const other of durable.executions.values()) look(other);
      const taken = [...lastSeen].filter(
        ([id, seen]) => id !== row.id && isCountedWith(seen.row, row, limit.key) && seen.at >= view.now - RECENT_MS,
      );
      if (taken.length < limit.limit)
        violate(`${row.id} was ${answer} although ${taken.length} of ${limit.limit} slots were taken`);
    };
    return (observation) => {
      if (observation.type !== "commit") return;
      const rows = observation.unit.executions ?? [];
      for (const { id } of rows) {
        const before = durable.executions.get(id);
        if (before !== undefined) look(before);
      }
      for (const row of rows) look(row);
      for (const row of rows) demandFull(row);
    };
  },
};

function isCountedWith(one: ExecutionRow, other: ExecutionRow, key: string | undefined): boolean {
  return one.flowId === other.flowId && keyOf(one, key) === keyOf(other, key);
}

/** What one that asked for a slot became: a new execution, or one that somebody has go on after its end. */
function answerTo(row: ExecutionRow, before: ExecutionRow | undefined): State | undefined {
  if (before === undefined) return ownHistory(row)[1]?.state;
  return before.state === "RESTARTED" ? row.history[before.history.length]?.state : undefined;
}
