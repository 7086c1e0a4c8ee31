import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { StoreError } from "../../errors.ts";
import type { LeaderNews, Member, MemberRole, Membership, MemberState } from "../../members.ts";
import { addressOf, type DatabaseOptions, DEFAULT_SCHEMA, type PostgresAddress } from "./address.ts";
import { type Driver, loadDriver } from "./driver.ts";
import { hasCode, toStoreError, UNDEFINED_TABLE } from "./postgres-errors.ts";
import { channelOf } from "./schema-lock.ts";
import { farewell, watchdogOf, watchQueries } from "./watched-connection.ts";

/** The database is that of the store. */
export interface MembershipOptions extends DatabaseOptions {
  /** This process among the others. */
  readonly self: Pick<Member, "id" | "name" | "version" | "roles">;
  /** SHA-256 of the token by which the others know this process, in hexadecimal. */
  readonly fingerprint?: string;
  /** How long a member may be silent before it is taken for dead, in milliseconds. */
  readonly leaseMs: number;
}

/** A member says that it is there so many times in the time of a lease, and looks who leads. */
const BEATS_PER_LEASE = 5;
/** How long one that is lost is still shown, in milliseconds. */
const LOST_MS_MAX = 600_000;
/** Pauses between attempts to connect, in milliseconds. */
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 2_000;

/**
 * Says that this process is there, and hears of the others, over a connection of its own. Throws `store-refused` when the address says
 * nothing.
 */
export function createPostgresMembership(options: MembershipOptions): Membership {
  return new PostgresMembership(options);
}

class PostgresMembership implements Membership {
  readonly #options: MembershipOptions;
  readonly #address: PostgresAddress;
  readonly #schema: string;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(leader: LeaderNews) => void>();
  readonly #joined = Promise.withResolvers<void>();
  #news: { readonly state: MemberState; readonly address?: string } = { state: "STARTING" };
  #leader: string | undefined;
  #hosts: ReadonlySet<string> = new Set();
  #fingerprints: ReadonlySet<string> = new Set();
  #connection: Client | undefined;
  #living: Promise<void> | undefined;
  /** Ends the pause before the next beat. */
  #wake: (() => void) | undefined;
  #isWoken = false;
  #isTold = true;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#address = addressOf(options);
    this.#schema = options.schema ?? DEFAULT_SCHEMA;
  }

  start(): void {
    this.#living ??= this.#live();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hurry();
    await this.#living;
  }

  announce(news: { readonly state: MemberState; readonly address?: string }): void {
    this.#news = { ...this.#news, ...news };
    this.#isTold = false;
    this.#hurry();
  }

  async members(): Promise<readonly Member[]> {
    const { label } = this.#address;
    if (this.#connection === undefined) throw new StoreError("store-unreachable", `${label}: no connection`);
    try {
      const { rows } = await this.#connection.query<MemberRow>(MEMBERS_SQL, [this.#options.leaseMs]);
      return rows.map(memberOf);
    } catch (error) {
      throw toStoreError(error, label);
    }
  }

  get joined(): Promise<void> {
    return this.#joined.promise;
  }

  isHost(address: string): boolean {
    return this.#hosts.has(address.replace(/^::ffff:/i, ""));
  }

  isFingerprint(fingerprint: string): boolean {
    return this.#fingerprints.has(fingerprint);
  }

  onLeader(listener: (leader: LeaderNews) => void): void {
    this.#listeners.add(listener);
    listener({ address: this.#leader, isFormerLost: false });
  }

  async #live(): Promise<void> {
    const driver = await loadDriver(this.#address, this.#options.leaseMs);
    let pause = PAUSE_MS_MIN;
    while (!this.#stopping.signal.aborted) {
      // The store tells of a database that can't be reached: here it is only tried again.
      const hasLived = await this.#connected(driver).catch(() => false);
      if (this.#stopping.signal.aborted) return;
      pause = hasLived ? PAUSE_MS_MIN : Math.min(2 * pause, PAUSE_MS_MAX);
      await this.#rest(pause);
    }
  }

  /** Beats for as long as a connection lasts; answers whether it ever did. */
  async #connected(driver: Driver): Promise<boolean> {
    const { leaseMs } = this.#options;
    const connected = await driver.connect({ search_path: this.#schema, synchronous_commit: "off" });
    const { client } = connected;
    watchQueries(client, watchdogOf(driver, connected, leaseMs));
    let hasBeaten = false;
    try {
      const hurry = () => this.#hurry();
      client.on("notification", hurry).on("end", hurry);
      await client.query(`LISTEN ${channelOf(this.#schema)}`);
      this.#connection = client;
      while (!this.#stopping.signal.aborted) {
        await this.#beat(client);
        hasBeaten = true;
        if (this.#isTold) await this.#rest(leaseMs / BEATS_PER_LEASE);
      }
      await client.query("DELETE FROM members WHERE id = $1", [this.#options.self.id]);
      await client.query(`NOTIFY ${channelOf(this.#schema)}`);
    } catch {
      // Lost: what is left of it ends below.
    } finally {
      this.#connection = undefined;
      void farewell(client);
    }
    return hasBeaten;
  }

  async #beat(client: Client): Promise<void> {
    const { self, leaseMs, fingerprint = null } = this.#options;
    const { state, address } = this.#news;
    const isNews = !this.#isTold;
    this.#isTold = true;
    try {
      const { id, name, version, roles } = self;
      const values = [id, address ?? null, name, version, state, leaseMs, LOST_MS_MAX, roles, fingerprint];
      const { rows } = await client.query<HeardMember>(BEAT_SQL, values);
      if (isNews) await client.query(`NOTIFY ${channelOf(this.#schema)}`);
      this.#hosts = new Set(rows.map((row) => hostOf(row.address)));
      this.#fingerprints = new Set(rows.map((row) => row.fingerprint).filter((one) => one !== null));
      this.#hear(rows);
      this.#joined.resolve();
    } catch (error) {
      this.#isTold = !isNews;
      // The one that leads has not made the tables yet.
      if (!hasCode(error, UNDEFINED_TABLE)) throw error;
      await this.#rest(PAUSE_MS_MIN);
    }
  }

  #hear(members: readonly HeardMember[]): void {
    const address = members.find(({ leads }) => leads)?.address;
    if (address === this.#leader) return;
    const isFormerLost = members.some((member) => member.lost && member.address === this.#leader);
    this.#leader = address;
    for (const listener of this.#listeners) listener({ address, isFormerLost });
  }

  /** Ends the pause, or leaves out the next one. */
  #hurry(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  async #rest(milliseconds: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (!this.#isWoken) await delay(milliseconds, undefined, { signal: woken.signal }).catch(() => undefined); // Woken.
    this.#wake = undefined;
    this.#isWoken = false;
  }
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname.replaceAll(/^\[|\]$/g, "") ?? "";
}

/** One statement: this member is there, the long lost are forgotten, and which addresses there are. What it writes it does not see. */
const BEAT_SQL = `
  WITH beat AS (
    INSERT INTO members (id, address, name, version, state, started_at, seen_at, roles, fingerprint)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), $8, $9)
    ON CONFLICT (id) DO UPDATE SET address = excluded.address, state = excluded.state, seen_at = excluded.seen_at
  ), forgotten AS (
    DELETE FROM members WHERE seen_at < clock_timestamp() - $7 * interval '1 millisecond'
      AND id <> $1 AND id NOT IN (SELECT holder FROM writers WHERE holder IS NOT NULL)
  )
  SELECT address, fingerprint, lost, coalesce(id <> $1 AND id = holder AND state = 'LEADING' AND NOT lost, false) AS leads
    FROM members CROSS JOIN writers
    CROSS JOIN LATERAL (SELECT seen_at < clock_timestamp() - $6 * interval '1 millisecond') AS heard (lost)
    WHERE address IS NOT NULL`;

interface HeardMember {
  readonly address: string;
  readonly fingerprint: string | null;
  readonly leads: boolean;
  readonly lost: boolean;
}

const MEMBERS_SQL = `
  SELECT id, address, name, version, roles, state, extract(epoch FROM started_at) * 1000 AS started,
    extract(epoch FROM clock_timestamp() - seen_at) * 1000 AS silent,
    seen_at < clock_timestamp() - $1 * interval '1 millisecond' AS "isLost"
  FROM members ORDER BY state <> 'LEADING', started_at, id`;

interface MemberRow {
  readonly id: string;
  readonly address: string | null;
  readonly name: string;
  readonly version: string;
  readonly roles: readonly MemberRole[];
  readonly state: MemberState;
  readonly started: number;
  readonly silent: number;
  readonly isLost: boolean;
}

function memberOf({ address, started, silent, ...row }: MemberRow): Member {
  return {
    ...row,
    ...(address !== null && { address }),
    startedAt: Math.round(started),
    silentMs: Math.max(0, Math.round(silent)),
  };
}
