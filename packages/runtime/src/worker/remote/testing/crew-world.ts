import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { Clock } from "../../../clock.ts";
import type { TestOptions } from "@capstan/sdk/test-kit";
import { createRecordingHost, type RecordingHost } from "../../test-kit/recording-host.ts";
import type { WorkerLines } from "../../../services.ts";
import { Crew, type CrewHost, type CrewOptions } from "../crew.ts";
import type { FromWorker, IntroducedWorker, LineText, ToWorker } from "../messages.ts";
import { createHandClock, type HandClock } from "./hand-clock.ts";

/** How long a worker may be silent in these tests, in milliseconds. */
export const LOST_MS = 30_000;

type Given = TestOptions & { readonly outputs?: Record<string, unknown> };

export interface CrewWorld<C extends Clock = HandClock> {
  readonly crew: Crew;
  readonly clock: C;
  readonly host: RecordingHost & CrewHost;
  /** Keys of jobs that a worker was found for, that were lost, and that are to run in the default group. */
  readonly assigned: (readonly [key: string, workerId: string])[];
  readonly lost: (readonly [key: string, reason: string])[];
  readonly ungrouped: string[];
}

/** A crew whose host remembers what it is told, on a clock that only the test moves. */
export function crewWorld(options: Partial<CrewOptions> = {}): CrewWorld {
  return crewOn(createHandClock(), options);
}

export function crewOn<C extends Clock>(clock: C, options: Partial<CrewOptions> = {}, given: Given = {}): CrewWorld<C> {
  const assigned: CrewWorld["assigned"] = [];
  const lost: CrewWorld["lost"] = [];
  const ungrouped: string[] = [];
  const host: RecordingHost & CrewHost = {
    ...createRecordingHost(given),
    assigned: (key, workerId) => void assigned.push([key, workerId]),
    lost: (key, reason) => void lost.push([key, reason]),
    ungrouped: (key) => void ungrouped.push(key),
  };
  const logger = pino({ level: "silent" });
  const crew = new Crew(host, { clock, logger, lostAfterMs: LOST_MS, here: undefined, ...options });
  crew.start();
  onTestFinished(() => crew.stop());
  return { crew, clock, host, assigned, lost, ungrouped };
}

/** The end of a line at a worker of which the test says everything. */
export interface LineByHand {
  readonly session: string;
  readonly isResumed: boolean;
  /** What the server said on this line so far. Who asks shows that the worker lives. */
  said(): Promise<readonly ToWorker[]>;
  /** What it is done with. */
  settled(): Promise<readonly (readonly [number, number])[]>;
  say(...messages: readonly FromWorker[]): void;
  cut(): void;
}

export function openLine(crew: WorkerLines, worker: Partial<IntroducedWorker> & { readonly id: string }): LineByHand {
  const lines: LineText<ToWorker>[] = [];
  const sink = {
    write: (text: string) => {
      for (const line of text.split("\n")) if (line !== "") lines.push(JSON.parse(line) as LineText<ToWorker>);
    },
    end: () => undefined,
  };
  const hello = { name: worker.id, token: "test", groups: [], version: "1", host: "h", capacity: 2, received: 0 };
  const welcome = crew.connect({ ...hello, jobs: [], isLeaving: false, ...worker }, sink);
  if (welcome === undefined) throw new Error("the worker is not taken");
  const { session, isResumed, received } = welcome;
  // As workers do at once.
  crew.receive(session, hello.token, "");
  let number = received;
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    session,
    isResumed,
    said: async () => {
      crew.receive(session, hello.token, "");
      await turn();
      return lines.flatMap(({ m }) => m ?? []);
    },
    settled: async () => {
      await turn();
      return lines.flatMap(({ settled }) => settled ?? []);
    },
    say: (...messages) => {
      const text = messages.map((m) => JSON.stringify({ n: (number += 1), m } satisfies LineText<FromWorker>));
      crew.receive(session, hello.token, text.join("\n"));
    },
    cut: () => crew.disconnected(worker.id, sink),
  };
}

/** An introduction that was held up until its worker had hung up: nobody hears what is said on its line. */
export function introduceLate(crew: WorkerLines, worker: Partial<IntroducedWorker> & { readonly id: string }): void {
  const about = { name: worker.id, token: "test", groups: [], version: "1", host: "h", capacity: 2, received: 0 };
  const sink = { write: () => undefined, end: () => undefined };
  crew.connect({ ...about, jobs: [], isLeaving: false, ...worker }, sink);
  crew.disconnected(worker.id, sink);
}
