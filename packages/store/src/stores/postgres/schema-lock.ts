/**
 * The lock of a schema: who holds it writes. It is a session's, so that PostgreSQL itself lets go of it when a process dies. A
 * process that is alive but says nothing any more (it is stopped, or cut off) keeps its session: one that stands by ends that
 * session once the holder has been silent for longer than its lease.
 */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { StoreError } from "../../errors.ts";
import { hasCode, UNDEFINED_TABLE } from "./postgres-errors.ts";

/** How a process waits while another one holds the lock. */
export interface Standby {
  /** The id of this process among the members. */
  readonly member: string;
  /** How long the holder may be silent before it is put out, in milliseconds. */
  readonly leaseMs: number;
  /** Another process holds the lock, and this one waits. Called once for each connection. */
  readonly onWait?: (() => void) | undefined;
}

export interface LockRequest {
  readonly schema: string;
  /** For messages. */
  readonly label: string;
  /** Without it, a lock that stays with somebody else is an error. */
  readonly standby?: Standby | undefined;
  /** Whether it stood by before and lost its connection: the holder may have lost its own at that moment, and comes back. */
  readonly isReturning?: boolean | undefined;
  readonly stopped?: AbortSignal | undefined;
}

/** How long a start waits for the lock, in milliseconds: the server may not have noticed yet that a process was killed. */
const LOCK_MS_MAX = 5_000;
const LOCK_LOOK_MS = 100;
/** How often one that stands by looks, in milliseconds, besides being told. */
const STANDBY_LOOK_MS = 500;
/** Tells our advisory locks from those of other programs. */
const LOCK_CLASS = 0x43_41_50;

/** Takes the lock, or waits for it as the request says. Throws `store-locked`, and `store-closed` when it was stopped. */
export async function takeLock(client: Client, request: LockRequest): Promise<void> {
  if (request.standby === undefined) return takeSoon(client, request);
  return standBy(client, request, request.standby);
}

/** Lets go at once, and tells those that wait. */
export async function releaseLock(client: Client, schema: string): Promise<void> {
  await client.query("SELECT pg_advisory_unlock($1, $2)", [LOCK_CLASS, keyOf(schema)]);
  await client.query(`NOTIFY ${channelOf(schema)}`);
}

/** What those that share a schema listen on. */
export function channelOf(schema: string): string {
  return `capstan_${(keyOf(schema) >>> 0).toString(16)}`;
}

function keyOf(schema: string): number {
  return createHash("sha256").update(`capstan ${schema}`).digest().readInt32BE(0);
}

async function isTaken(client: Client, schema: string): Promise<boolean> {
  const sql = "SELECT pg_try_advisory_lock($1, $2) AS taken";
  return (await client.query<{ taken: boolean }>(sql, [LOCK_CLASS, keyOf(schema)])).rows[0]!.taken;
}

async function takeSoon(client: Client, { schema, label }: LockRequest): Promise<void> {
  const deadline = Date.now() + LOCK_MS_MAX;
  while (!(await isTaken(client, schema))) {
    if (Date.now() > deadline)
      throw new StoreError("store-locked", `${label}: another process writes to the schema ${schema}`);
    await delay(LOCK_LOOK_MS);
  }
}

async function standBy(client: Client, request: LockRequest, { leaseMs, onWait }: Standby): Promise<void> {
  const { schema, isReturning = false, stopped } = request;
  await client.query(`LISTEN ${channelOf(schema)}`);
  // Who is seen to hold the lock and then does not is gone. Who is not seen may be on its way back, and who has not been heard of
  // may have lost its connection as well: either has the time of a lease from now on.
  let isSeen = !isReturning;
  const lease = performance.now() + leaseMs;
  const beat = { text: "", since: performance.now() };
  for (let isTold = false; ; isTold = true) {
    if (stopped?.aborted === true) throw new StoreError("store-closed", "it was stopped while it stood by");
    const isOver = performance.now() > lease;
    const holder = await holderOf(client);
    isSeen ||= holder === "none" || (await isHeld(client, schema));
    if ((isSeen || isOver) && (await isTaken(client, schema))) break;
    if (!isTold) onWait?.();
    if (holder !== beat.text) Object.assign(beat, { text: holder, since: performance.now() });
    const isSilent = holder !== "none" && holder !== "unheard" && performance.now() > beat.since + leaseMs;
    if (isSilent) await endHolder(client, schema);
    await nextLook(client, stopped);
  }
  await client.query(`UNLISTEN ${channelOf(schema)}`);
}

/**
 * The last beat of the member that wrote last; `none` when it left by itself, or is no member. One whose row is not there is `unheard`, or was
 * not heard of since a crash of the database took its last words. How old the beat is says who waits: the database's clock may be set.
 */
async function holderOf(client: Client): Promise<string> {
  const sql = "SELECT holder, holder || ' ' || seen_at AS beat FROM writers LEFT JOIN members ON id = holder";
  try {
    const { rows } = await client.query<{ holder: string | null; beat: string | null }>(sql);
    const { holder = null, beat = null } = rows[0] ?? {};
    return holder === null ? "none" : (beat ?? "unheard");
  } catch (error) {
    // Whoever holds the lock is just making the tables.
    if (hasCode(error, UNDEFINED_TABLE)) return "none";
    throw error;
  }
}

const HOLDERS = `FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function isHeld(client: Client, schema: string): Promise<boolean> {
  return (await client.query(`SELECT ${HOLDERS}`, [LOCK_CLASS, keyOf(schema) >>> 0])).rowCount !== 0;
}

async function endHolder(client: Client, schema: string): Promise<void> {
  await client.query(`SELECT pg_terminate_backend(pid) ${HOLDERS}`, [LOCK_CLASS, keyOf(schema) >>> 0]);
}

/** Resolves after a while, or as soon as something is told, the connection is lost, or nobody waits any more. */
async function nextLook(client: Client, stopped: AbortSignal | undefined): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  client.once("notification", wake).once("end", wake);
  stopped?.addEventListener("abort", wake, { once: true });
  await delay(STANDBY_LOOK_MS, undefined, { signal: woken.signal }).catch(() => undefined); // Woken before its time.
  client.off("notification", wake).off("end", wake);
  stopped?.removeEventListener("abort", wake);
}
