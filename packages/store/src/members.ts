/**
 * What a process that shares a database with others does: it comes up, waits until the one that leads is gone, leads, works for
 * the one that leads without ever leading itself, or is about to end.
 */
export type MemberState = "STARTING" | "STANDBY" | "LEADING" | "SERVING" | "LEAVING";

/** What a member does for the others: drive executions when it is its turn, answer clients, run tasks. */
export const MEMBER_ROLES = ["executor", "webserver", "worker"] as const;

export type MemberRole = (typeof MEMBER_ROLES)[number];

/** A process that shares a database with others. One of them leads: it alone drives executions and writes. */
export interface Member {
  readonly id: string;
  /** Where the others reach it, such as `http://10.0.0.7:8080`; absent until it listens. */
  readonly address?: string;
  /** Its machine and the number of its process, for people. */
  readonly name: string;
  readonly version: string;
  readonly roles: readonly MemberRole[];
  readonly state: MemberState;
  /** Epoch milliseconds, by the clock of the database. */
  readonly startedAt: number;
  /** How long ago it was last heard of, in milliseconds, by the clock of the database. */
  readonly silentMs: number;
  /** Whether it has been silent for longer than the lease: whatever it said of itself last, it is taken for dead. */
  readonly isLost: boolean;
}

export interface LeaderNews {
  /** The address of the member that leads and takes work; undefined for none. */
  readonly address: string | undefined;
  /** The one before it was not heard of any more: nothing that it was asked will be answered. */
  readonly isFormerLost: boolean;
}

/** The processes that share a database. */
export interface Membership {
  /** Begins to be seen by the others. It goes on by itself whatever becomes of its connection. */
  start(): void;
  /** Is seen no more. */
  stop(): Promise<void>;
  /** Tells the others what this process does and, once it is known, where it is reached. */
  announce(news: { readonly state: MemberState; readonly address?: string }): void;
  /** All that were heard of lately, those that lead first, then by their start. Throws `StoreError`. */
  members(): Promise<readonly Member[]>;
  /** Resolves when the others see it for the first time: the database is there, and so are its tables. */
  readonly joined: Promise<void>;
  /** Whether this is the address of a machine that a member is reached at. */
  isHost(address: string): boolean;
  /** Whether one of the members told this of its token; see `fingerprint` of its options. */
  isFingerprint(fingerprint: string): boolean;
  /** Calls back with who leads and takes work, at once and on every change. */
  onLeader(listener: (leader: LeaderNews) => void): void;
}
