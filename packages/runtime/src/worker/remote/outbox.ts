/**
 * What one end of a line has to say to the other. The line may be cut at any moment, so each message has a number and stays here
 * until the other end is done with it: after a cut it is sent again from where the other end came to.
 */
export interface Outbox {
  /** `key` names the job that it is about; `settled` is called once the other end is done with it, or it was dropped. */
  push(message: unknown, about?: { readonly key?: string; readonly settled?: (() => void) | undefined }): void;
  /** The next lines to send, at least one and not many more characters than that; undefined when all was sent. */
  take(charactersMax: number): string | undefined;
  readonly hasUnsent: boolean;
  /** The other end has all messages up to this one: what follows is sent, again if need be. */
  resume(received: number): void;
  /** The other end is done with all messages from one number to another. */
  settle(from: number, to: number): void;
  /** Somebody else is at the other end, who was told nothing: what is kept of all that was not settled is sent anew. */
  restart(isKept: (key: string | undefined) => boolean): void;
}

interface Entry {
  readonly text: string;
  readonly key: string | undefined;
  readonly settled: (() => void) | undefined;
}

export function createOutbox(): Outbox {
  let entries = new Map<number, Entry>();
  let lowest = 1;
  /** Number of the next message to send, and of the next that is said. */
  let unsent = 1;
  let next = 1;
  return {
    push: (message, { key, settled } = {}) => {
      entries.set(next, { text: JSON.stringify(message), key, settled });
      next += 1;
    },
    take: (charactersMax) => {
      let text = "";
      for (; unsent < next && text.length < charactersMax; unsent += 1) {
        const entry = entries.get(unsent);
        if (entry !== undefined) text += `{"n":${unsent},"m":${entry.text}}\n`;
      }
      return text === "" ? undefined : text;
    },
    get hasUnsent() {
      return unsent < next;
    },
    resume: (received) => {
      unsent = received + 1;
    },
    settle: (from, to) => {
      for (let number = Math.max(from, lowest); number <= Math.min(to, next - 1); number += 1) {
        const entry = entries.get(number);
        entries.delete(number);
        entry?.settled?.();
      }
      while (lowest < next && !entries.has(lowest)) lowest += 1;
      unsent = Math.max(unsent, lowest);
    },
    restart: (isKept) => {
      const open = [...entries.values()];
      const kept = open.filter(({ key }) => isKept(key));
      entries = new Map(kept.map((entry, index) => [index + 1, entry]));
      [lowest, unsent, next] = [1, 1, kept.length + 1];
      for (const entry of open) if (!isKept(entry.key)) entry.settled?.();
    },
  };
}
