/**
 * Who answers, where several servers share a database: the one that leads. The others pass requests on to it, so that it
 * does not matter which of them a client calls. While nobody leads, requests wait.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { LIVENESS, READINESS } from "../door/health.ts";
import { sendStatus } from "../door/send.ts";
import type { Forwarder } from "./forwarder.ts";
import { createHeldRequests, HOLD_MS_MAX } from "./held-requests.ts";
import { timesPassedOn } from "./passed-on.ts";
import { leaderAbsent, sendRefusal } from "./send-refusal.ts";

/** This server, another one at its address, or nobody yet. */
export type Leader = "this" | "nobody" | { readonly address: string };

export interface Gate {
  readonly handle: RequestListener;
  /**
   * Whom requests go to from now on; those that wait go there as well. What the former one was asked may still be answered for a
   * while, unless that one is lost.
   */
  follow(leader: Leader, former?: { readonly isLost: boolean }): void;
  /** Lets callers go, each with its answer. Resolves when nothing is answered here any more, or after so many milliseconds. */
  drained(milliseconds: number): Promise<void>;
  /** Refuses what waits, lets end for a while what was passed on, then ends it. */
  close(): Promise<void>;
}

export interface GateParts {
  /** Answers here. */
  readonly answer: RequestListener;
  /** Loads what passes requests on to an address. `lost` is to hear that nobody answers there. */
  readonly loadForwarder: (address: string, lost: () => void) => Promise<Forwarder>;
  readonly failed: (error: unknown, what: string) => void;
}

/** After so many milliseconds one who did not answer is asked again, unless another one leads by then. */
const LOST_MS = 1_000;
/** A request may come by one who led to who leads, or back to where it began. Further it would only wander about. */
const HOPS_MAX = 2;
/** How long what was passed on may take when this server closes, in milliseconds. */
const PASSED_ON_MS_MAX = 10_000;
/**
 * How long one that led may still answer what it took, in milliseconds: it may be leaving, when it holds requests until another one leads, and
 * it may be stopped for ever.
 */
const FORMER_MS_MAX = HOLD_MS_MAX + 10_000;

export function createGate(parts: GateParts, first: Leader): Gate {
  const held = createHeldRequests(refuse);
  const here = createCount();
  const elsewhere = createCount();
  /** Who is said to lead, and who is taken for it: nobody for a while, when that one does not answer. */
  let told = first;
  let leader = first;
  /** Connections end with the answer that they carry. */
  let isLeaving = false;
  const forwarders = createForwarders((address) => parts.loadForwarder(address, () => lost(address)));

  const turnTo = (next: Leader) => {
    leader = next;
    if (next !== "nobody") held.release(handle);
  };
  const lost = (address: string) => {
    const silent = told;
    if (leader !== silent || typeof silent === "string" || silent.address !== address) return;
    leader = "nobody";
    setTimeout(() => void (told === silent && turnTo(silent)), LOST_MS).unref();
  };
  const passOn = (request: IncomingMessage, response: ServerResponse, address: string) => {
    elsewhere.count(response);
    forwarders.to(address).then(
      ({ forward }) => forward(request, response),
      (error: unknown) => {
        parts.failed(error, "what passes requests on can't be loaded");
        refuse(request, response);
      },
    );
  };
  const handle: RequestListener = (request, response) => {
    if (isLeaving) response.shouldKeepAlive = false;
    if (leader === "this") {
      here.count(response);
      return parts.answer(request, response);
    }
    if (isProbe(request)) return sendStatus(response, request.url === LIVENESS || leader !== "nobody");
    if (leader === "nobody" || timesPassedOn(request) >= HOPS_MAX) return held.hold(request, response);
    passOn(request, response, leader.address);
  };

  return {
    handle,
    follow: (next, { isLost } = { isLost: false }) => {
      const former = told;
      told = next;
      turnTo(next);
      if (typeof former === "string" || isSame(former, next)) return;
      const forget = () => void (isSame(former, told) || forwarders.close(former.address));
      if (isLost) forget();
      else setTimeout(forget, FORMER_MS_MAX).unref();
    },
    drained: (milliseconds) => {
      isLeaving = true;
      return here.drained(milliseconds);
    },
    close: async () => {
      isLeaving = true;
      held.release(refuse);
      forwarders.endStreams();
      await elsewhere.drained(PASSED_ON_MS_MAX);
      await forwarders.closeAll();
    },
  };
}

/** What passes requests on, for each address; loaded for the first of them. */
function createForwarders(load: (address: string) => Promise<Forwarder>) {
  const forwarders = new Map<string, Promise<Forwarder>>();
  let isEnding = false;
  const loadAnew = async (address: string): Promise<Forwarder> => {
    try {
      const forwarder = await load(address);
      if (isEnding) forwarder.endStreams();
      return forwarder;
    } catch (error) {
      forwarders.delete(address); // The next request tries again.
      throw error;
    }
  };
  const close = async (address: string): Promise<void> => {
    const forwarder = forwarders.get(address);
    forwarders.delete(address);
    await (await forwarder?.catch(() => undefined))?.close(); // It was never loaded.
  };
  return {
    to: (address: string): Promise<Forwarder> => {
      const forwarder = forwarders.get(address) ?? loadAnew(address);
      forwarders.set(address, forwarder);
      return forwarder;
    },
    close,
    closeAll: () => Promise.all([...forwarders.keys()].map(close)),
    /** Also those that begin later, by connections that were kept. */
    endStreams: (): void => {
      isEnding = true;
      for (const forwarder of forwarders.values())
        void forwarder.then((loaded) => loaded.endStreams()).catch(() => undefined); // It was never loaded.
    },
  };
}

function isSame(one: Leader, other: Leader): boolean {
  return typeof one === "object" && typeof other === "object" ? one.address === other.address : one === other;
}

/** Counts answers that are under way. */
function createCount() {
  let underWay = 0;
  let drained: (() => void) | undefined;
  return {
    count: (response: ServerResponse): void => {
      underWay += 1;
      response.once("close", () => {
        underWay -= 1;
        if (underWay === 0) drained?.();
      });
    },
    /** Resolves when none is under way, or after so many milliseconds. */
    drained: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        if (underWay === 0) return resolve();
        const enough = setTimeout(resolve, milliseconds);
        drained = () => {
          clearTimeout(enough);
          resolve();
        };
      }),
  };
}

function refuse({ url }: IncomingMessage, response: ServerResponse): void {
  sendRefusal(response, url, leaderAbsent());
}

function isProbe({ method, url = "" }: IncomingMessage): boolean {
  return method === "GET" && (url === LIVENESS || READINESS.includes(url));
}
