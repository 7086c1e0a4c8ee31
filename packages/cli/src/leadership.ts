import { createHash, randomBytes, randomUUID } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import type { Server } from "@capstan/server";
import type { LeaderNews, Member, MemberRole, Membership, MemberState } from "@capstan/store";
import type { Logger } from "pino";
import { VERSION } from "./version.ts";

/** This process, as it is known among those that share its database. */
export type Self = Pick<Member, "id" | "name" | "version" | "roles">;

export function describeSelf(roles: readonly MemberRole[]): Self {
  return { id: randomUUID(), name: `${hostname()}:${process.pid}`, version: VERSION, roles };
}

/** What this process shows the others when it works for the one that leads, and what they know it by. */
export interface MemberToken {
  readonly token: string;
  readonly fingerprint: string;
}

export function makeMemberToken(): MemberToken {
  const token = randomBytes(TOKEN_BYTES).toString("hex");
  return { token, fingerprint: createHash("sha256").update(token).digest("hex") };
}

const TOKEN_BYTES = 32;

/** How a server takes part in leading, where several share a database. */
export interface Leadership {
  readonly self: Self;
  /** By which it takes jobs of the one that leads. */
  readonly token: string;
  readonly membership: Membership;
  /** Resolves when another server leads and this one stands by; never, when it leads at once. */
  readonly standingBy: Promise<void>;
  /** Where the others reach a server that listens at this URL. */
  readonly addressOf: (url: string) => string;
}

/** How long a server that hands over lets requests end, and how long it waits for another one to lead, in milliseconds. */
const DRAIN_MS_MAX = 5_000;
const SUCCESSION_MS_MAX = 15_000;

/** Keeps the requests of a server, and what the others know of it, in step with who leads. */
export class Succession {
  readonly #http: Server;
  readonly #leadership: Leadership;
  readonly #logger: Logger;
  #leads = false;
  #successor: (() => void) | undefined;
  #leader: string | undefined;

  constructor(http: Server, leadership: Leadership, logger: Logger) {
    this.#http = http;
    this.#leadership = leadership;
    this.#logger = logger;
    leadership.membership.onLeader((news) => this.#turn(news));
    leadership.membership.start();
  }

  /** It listens, and another one leads; one that stands by takes over from that one. */
  serve(url: string, role: "standby" | "serving"): void {
    const { roles } = this.#leadership.self;
    if (role === "standby") this.#logger.info({ roles }, "stands by: another server leads");
    else this.#logger.info({ roles }, "serves the one that leads");
    this.#announce(role === "standby" ? "STANDBY" : "SERVING", url);
  }

  /** It takes work, whoever led before. */
  lead(url: string): void {
    this.#leads = true;
    this.#http.follow("this");
    this.#announce("LEADING", url);
    this.#logger.info("leads: takes work");
  }

  /** Nothing is answered here any more: requests wait for the next one to lead. Resolves when those under way have ended. */
  async leave(): Promise<void> {
    const { membership } = this.#leadership;
    membership.announce({ state: "LEAVING" });
    if (!this.#leads) return;
    this.#leads = false;
    this.#turn({ address: this.#leader, isFormerLost: false });
    await this.#http.drained(DRAIN_MS_MAX);
  }

  /** Resolves when another server leads, or none of those that stand by does in time. */
  async succeeded(): Promise<void> {
    if (this.#leader !== undefined || !(await this.#hasHeirs())) return;
    await new Promise<void>((resolve) => {
      const enough = setTimeout(resolve, SUCCESSION_MS_MAX);
      this.#successor = () => {
        clearTimeout(enough);
        resolve();
      };
    });
  }

  async stop(): Promise<void> {
    await this.#leadership.membership.stop();
  }

  #turn({ address, isFormerLost: isLost }: LeaderNews): void {
    this.#leader = address;
    if (this.#leads) return;
    this.#http.follow(address === undefined ? "nobody" : { address }, { isLost });
    if (address !== undefined) this.#successor?.();
  }

  async #hasHeirs(): Promise<boolean> {
    const { self, membership } = this.#leadership;
    const members = await membership.members().catch(() => []); // The database is away: nobody can lead.
    // What this one said last may not have come to the others yet.
    const others = members.filter(({ id, isLost }) => id !== self.id && !isLost);
    return others.some(({ state }) => state === "STANDBY" || state === "LEADING");
  }

  #announce(state: MemberState, url: string): void {
    this.#leadership.membership.announce({ state, address: this.#leadership.addressOf(url) });
  }
}

/**
 * Where other machines reach a server at `url`: one that listens on all addresses of its machine is reached at the first that is not
 * of the machine alone.
 */
export function reachable(url: string, host: string, interfaces = networkInterfaces()): string {
  if (host !== "0.0.0.0" && host !== "::") return url;
  const outward = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal);
  const { address, family } = outward.find((one) => one.family === "IPv4") ?? outward[0] ?? LOOPBACK;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${new URL(url).port}`;
}

const LOOPBACK = { address: "127.0.0.1", family: "IPv4" } as const;
