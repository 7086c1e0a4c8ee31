import { randomUUID } from "node:crypto";
import { startFakeLoki } from "./fake-loki.ts";

/** A line by its time in nanoseconds after `epoch`, and further labels of its stream. */
export interface TestLine {
  readonly at: bigint;
  readonly line: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface TestLoki extends AsyncDisposable {
  readonly url: string;
  /** Selects the lines of this test, as in `{${selector}}`. */
  readonly selector: string;
  /** Epoch milliseconds; a whole minute of this hour, as Loki takes no lines of long ago. */
  readonly epoch: number;
  push(...lines: readonly TestLine[]): Promise<void>;
  /** A time after `epoch`, as Loki writes it. */
  timestamp(at: bigint): string;
}

const EPOCH_AGO_MS = 1_800_000;

/**
 * Loki with nothing in it that the selector selects: the one at `CAPSTAN_LOKI_URL`, or else a fake. With a real one the tests prove that
 * the fake does as it does.
 */
export async function startLoki(): Promise<TestLoki> {
  const real = process.env["CAPSTAN_LOKI_URL"];
  const fake = real === undefined ? await startFakeLoki() : undefined;
  const url = real ?? fake!.url;
  const test = randomUUID();
  const epoch = Math.floor(Date.now() / 60_000) * 60_000 - EPOCH_AGO_MS;
  const timestamp = (at: bigint) => String(BigInt(epoch) * 1_000_000n + at);
  return {
    url,
    epoch,
    timestamp,
    selector: `test="${test}"`,
    async push(...lines) {
      const streams = lines.map(({ at, line, labels }) => ({
        stream: { test, ...labels },
        values: [[timestamp(at), line]],
      }));
      const response = await fetch(`${url}/loki/api/v1/push`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ streams }),
      });
      if (!response.ok) throw new Error(`Loki took no lines: ${response.status} ${await response.text()}`);
    },
    [Symbol.asyncDispose]: async () => fake?.[Symbol.asyncDispose](),
  };
}
