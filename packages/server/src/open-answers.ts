import type { ServerResponse } from "node:http";

/** Answers that go on for ever, unless somebody ends them. */
export interface OpenAnswers {
  readonly add: (response: ServerResponse) => void;
  /** Ends those that are open, and from then on those that begin by connections that were kept, each behind its head. */
  readonly endAll: () => void;
}

export function createOpenAnswers(): OpenAnswers {
  const open = new Set<ServerResponse>();
  let isEnding = false;
  return {
    add: (response) => {
      open.add(response);
      response.once("close", () => open.delete(response));
      if (isEnding) setImmediate(() => response.end());
    },
    endAll: () => {
      isEnding = true;
      for (const response of open) response.end();
    },
  };
}
