import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** How long a request waits for somebody to lead, in milliseconds: three times as long as a leader has by default. */
export const HOLD_MS_MAX = 15_000;
/** How many requests may wait at a time. */
const HELD_MAX = 10_000;

/** Requests that wait for somebody who takes them; `refuse` answers those for whom nobody comes in time. */
export interface HeldRequests {
  readonly hold: RequestListener;
  /** Gives all that wait to somebody. */
  release(to: RequestListener): void;
}

interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly giveUp: NodeJS.Timeout;
}

export function createHeldRequests(refuse: RequestListener): HeldRequests {
  const held = new Set<Held>();
  const letGo = (one: Held) => {
    held.delete(one);
    clearTimeout(one.giveUp);
  };
  return {
    hold: (request, response) => {
      if (held.size >= HELD_MAX) return refuse(request, response);
      const giveUp = setTimeout(() => {
        letGo(one);
        refuse(request, response);
      }, HOLD_MS_MAX);
      const one = { request, response, giveUp };
      held.add(one);
      response.once("close", () => letGo(one));
    },
    release: (to) => {
      const waiting = [...held];
      for (const one of waiting) {
        letGo(one);
        to(one.request, one.response);
      }
    },
  };
}
