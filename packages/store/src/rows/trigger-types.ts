import type { FlowRow } from "../store.ts";

/** Types as one text that tells flows with the same types apart from others: sorted, each within spaces. */
export function triggerTypes({ triggers }: FlowRow): string | undefined {
  const types = triggers.map(({ type }) => type);
  return types.length === 0 ? undefined : ` ${[...new Set(types)].toSorted().join(" ")} `;
}
