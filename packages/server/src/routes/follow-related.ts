import type { ExecutionRow } from "@capstan/store";
import type { EventStream } from "../event-stream.ts";
import { presentState } from "../presentation/execution.ts";
import { isTerminal } from "@capstan/model";
import { eachRow } from "../requests/page.ts";
import type { Service } from "../service.ts";

const CORRELATION = "system.correlationId";

/**
 * Sends the state of each execution of a chain (those that share the correlation id): after `start` each at once and at every
 * change, its last one as `end`, and `end-all` when all have ended. Members that join later are found whenever one of those known
 * changes.
 */
export async function followRelated(service: Service, start: ExecutionRow, stream: EventStream): Promise<void> {
  const { executions } = service.runtime;
  const { tenant } = start;
  const value = start.labels.find(({ key }) => key === CORRELATION)?.value ?? start.id;
  const open = new Set<string>();
  const known = new Set<string>();
  const stops: (() => void)[] = [];
  const done = Promise.withResolvers<void>();
  stream.onEnd(() => {
    for (const stop of stops) stop();
    done.resolve();
  });
  const add = (row: ExecutionRow) => {
    if (known.has(row.id) || !stream.isOpen) return;
    known.add(row.id);
    open.add(row.id);
    const following = executions.follow(tenant, row.id, ({ row: now, last }) => {
      if (!open.has(row.id)) return;
      const isEnd = last || isTerminal(now.state);
      stream.send(isEnd ? "end" : "progress", statusOf(now, service.now()));
      if (!isEnd) return;
      open.delete(row.id);
      lookAgain().catch(done.reject);
    });
    stops.push(() => following.stop());
  };
  const look = async () => {
    const filter = { tenant, labels: [{ key: CORRELATION, value }] };
    for await (const row of eachRow(executions, filter)) add(row);
  };
  const lookAgain = async () => {
    try {
      await look();
    } finally {
      if (open.size === 0 && stream.isOpen) {
        stream.send("end-all", statusOf(start, service.now()));
        stream.end();
      }
    }
  };
  stream.send("start", statusOf(start, service.now()));
  add(start);
  await look();
  await done.promise;
}

function statusOf({ id, tenant, namespace, flowId, state, history }: ExecutionRow, now: number) {
  return { executionId: id, tenantId: tenant, namespace, flowId, state: presentState(state, history, now) };
}
