import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { StoreError } from "../../../errors.ts";
import type { Expiry, RemovedSpan, Span, SpanRemoval } from "../../../expiry.ts";
import { expiredCondition } from "../../../sql/expiry-filter.ts";
import type { FlowKey } from "../../../store.ts";
import { POSTGRES } from "../dialect.ts";
import { numbered } from "../driver.ts";
import { hasCode, LOCK_NOT_AVAILABLE, UNDEFINED_TABLE } from "../postgres-errors.ts";
import type { Maintenance } from "./maintenance.ts";
import { PARTITIONED, partitionOf } from "./spans.ts";

/** How long commits may have to wait because tables wait for those who read them, in milliseconds. */
const LOCK_MS_MAX = 100;
/** Attempts to find a moment when nobody reads, and the pause between two, in milliseconds. */
const ATTEMPTS_MAX = 20;
const PAUSE_MS = 250;

/** See the contract. All of it is one transaction: a crash leaves the span as it was, or gone. */
export async function removeSpan(
  maintenance: Maintenance,
  span: Span,
  expiry: Expiry,
  { counted = false, signal }: SpanRemoval = {},
): Promise<RemovedSpan | undefined> {
  return maintenance.run(async (client) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query("BEGIN");
        const removed = await dropIfExpired(client, span, { expiry, counted });
        if (removed === undefined) await client.query("ROLLBACK");
        return removed;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined); // The first error says what happened.
        if (hasCode(error, UNDEFINED_TABLE)) return undefined; // It is gone.
        if (!hasCode(error, LOCK_NOT_AVAILABLE)) throw error;
        if (attempt === ATTEMPTS_MAX || signal?.aborted === true)
          throw new StoreError("store-busy", `the executions of ${span.name} are being read`, { cause: error });
      }
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined); // Ended: the next attempt is the last.
    }
  });
}

interface Removal {
  readonly expiry: Expiry;
  readonly counted: boolean;
}

interface FlowCount extends FlowKey {
  readonly executions: number;
}

/**
 * Commits what it dropped. Nobody writes to the executions of the span from the look at them until they are gone; others do not wait for
 * that.
 */
async function dropIfExpired(
  client: Client,
  span: Span,
  { expiry, counted }: Removal,
): Promise<RemovedSpan | undefined> {
  const executions = partitionOf("executions", span);
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS_MAX};
    LOCK TABLE ONLY ${executions} IN SHARE ROW EXCLUSIVE MODE`);
  if (await isKept(client, span, expiry)) return undefined;
  const { rows } = await client.query<FlowCount & Record<string, unknown>>(
    `SELECT tenant, namespace, flow_id AS id, count(*) AS executions FROM ${executions}
      GROUP BY tenant, namespace, flow_id ORDER BY tenant, namespace, flow_id`,
  );
  const counts = counted ? await countOthers(client, span) : undefined;
  await client.query("DELETE FROM unhappy_executions WHERE of_tenant = ANY ($1) AND of_id >= $2 AND of_id < $3", [
    [...new Set(rows.map(({ tenant }) => tenant))],
    span.least,
    span.end,
  ]);
  // In one message, so that nobody waits for this process.
  await client.query(`DROP TABLE ${PARTITIONED.map(({ table }) => partitionOf(table, span)).join(", ")}; COMMIT`);
  return {
    flows: rows.map(({ tenant, namespace, id }) => ({ tenant, namespace, id })),
    executions: rows.reduce((sum, flow) => sum + flow.executions, 0),
    ...(counts !== undefined && { counts }),
  };
}

async function countOthers(client: Client, span: Span): Promise<NonNullable<RemovedSpan["counts"]>> {
  const { rows } = await client.query<NonNullable<RemovedSpan["counts"]>>(
    `SELECT (SELECT coalesce(sum(line_count), 0) FROM ${partitionOf("logs", span)}) AS "logLines",
      (SELECT coalesce(sum(json_array_length(items)), 0) FROM ${partitionOf("metrics", span)}) AS metrics`,
  );
  return rows[0]!;
}

async function isKept(client: Client, span: Span, expiry: Expiry): Promise<boolean> {
  const { sql, values } = expiredCondition(POSTGRES, expiry);
  const waiting = ["timers", "messages"].map(
    (table) => `EXISTS (SELECT FROM ${table} WHERE execution_id >= ? AND execution_id < ?)`,
  );
  const kept = `EXISTS (SELECT FROM ${partitionOf("executions", span)} WHERE (${sql}) IS NOT TRUE)`;
  const bounds = waiting.flatMap(() => [span.least, span.end]);
  const question = numbered(`SELECT ${[...waiting, kept].join(" OR ")} AS kept`, [...bounds, ...values]);
  return (await client.query<{ kept: boolean }>(question)).rows[0]!.kept;
}
