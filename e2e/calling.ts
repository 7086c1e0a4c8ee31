import { ask } from "./executions.ts";
import { until } from "./server-process.ts";

/** Callers that each send one call after the other. */
export const CALLERS = 4;

/** Calls a webhook (`namespace/flow/key`) of a server without a pause, as long as that is there; keeps what was acknowledged and what was refused. */
export function callingOf(api: string, webhook: string) {
  const taken: string[] = [];
  const refused: string[] = [];
  const outcome = { isOver: false };
  const caller = async () => {
    while (!outcome.isOver) {
      const response = await ask(`${api}/executions/webhook/${webhook}`, { method: "POST" }).catch(() => undefined);
      if (response === undefined) return;
      if (response.ok) taken.push(((await response.json()) as { readonly id: string }).id);
      else refused.push(await response.text());
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  return {
    taken,
    /** Resolves when so many more calls were acknowledged. */
    more: async (calls: number) => {
      const enough = taken.length + calls;
      await until(`${calls} more calls are acknowledged`, () => (taken.length >= enough ? true : undefined));
    },
    stop: async () => {
      outcome.isOver = true;
      await Promise.all(callers);
      return { taken, refused };
    },
  };
}
