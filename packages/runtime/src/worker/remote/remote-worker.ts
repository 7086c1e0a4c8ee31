import type { Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { LogLine } from "@capstan/store";
import { createNamespaceFiles } from "../../platform/namespace-files.ts";
import { sizeOf } from "../attempt/log-budget.ts";
import { createCalls } from "../threads/calls.ts";
import { remoteServices } from "../threads/service-methods.ts";
import type { Job, JobHost, Worker } from "../worker.ts";
import { type Hello, type JobNews, LOG_CHARACTERS, type ToWorker } from "./messages.ts";
import { type Transport, Uplink, type UplinkNews } from "./uplink.ts";

export interface RemoteWorkerOptions {
  readonly transport: Transport;
  readonly self: Pick<Hello, "id" | "name" | "groups" | "version" | "host" | "capacity">;
  /** Files as the server has them. */
  readonly storage: Storage;
  /** Makes what runs the jobs. */
  createWorker(host: JobHost): Worker;
  readonly news?: (what: UplinkNews) => void;
}

export interface RemoteWorkerStop {
  /** How long jobs that run may go on, in milliseconds. */
  readonly graceMs: number;
  /** How long what was said at the end may take to be durable, in milliseconds; ten seconds by default. */
  readonly lastWordsMs?: number;
}

const LAST_WORDS_MS = 10_000;

/** A worker in a process of its own: it gets its jobs from a server, and says all that it has to say to that. */
export class RemoteWorker {
  readonly #options: RemoteWorkerOptions;
  readonly #worker: Worker;
  readonly #uplink: Uplink;
  /** Jobs that are not over, or of whose end the server has not got hold yet. */
  readonly #jobs = new Map<string, "at work" | "over">();
  readonly #services = new Map<string, Services>();
  readonly #calls = createCalls(({ args, ...call }) =>
    this.#uplink.send({ ...call, args: Object.fromEntries(Object.entries(args)), count: args.length }),
  );
  #isLeaving = false;

  constructor(options: RemoteWorkerOptions) {
    const { transport, self, news = () => undefined } = options;
    this.#options = options;
    this.#worker = options.createWorker(this.#host());
    this.#uplink = new Uplink({
      transport,
      self: () => ({ ...self, isLeaving: this.#isLeaving, jobs: [...this.#jobs.keys()] }),
      heard: (message) => this.#hear(message),
      cutOff: () => this.#cutOff(),
      news,
    });
  }

  get runningCount(): number {
    return this.#worker.runningCount;
  }

  /** Works until it is stopped. Rejects with a `Refused` where the server does not take it. */
  async run(): Promise<void> {
    await this.#worker.start();
    await this.#uplink.run();
  }

  /**
   * Takes no new jobs, gives back those that it has not begun, lets the others end within `graceMs`, and gives back the rest. A second
   * call may wait for less.
   */
  async stop({ graceMs, lastWordsMs = LAST_WORDS_MS }: RemoteWorkerStop): Promise<void> {
    this.#isLeaving = true;
    // Whoever hears of this worker for the first time from now on is told when it introduces itself.
    if (this.#uplink.isConnected) this.#uplink.send({ type: "leaving" });
    await this.#worker.stop({ graceMs });
    await this.#uplink.drained(lastWordsMs);
    await this.#uplink.end();
  }

  /** What the worker of this process says goes to the server. */
  #host(): JobHost {
    return {
      started: (key, at, settled) => this.#say({ type: "started", key, at }, settled),
      childEnded: (key, child, settled) => this.#say({ type: "child-ended", key, child }, settled),
      log: (key, taskId, lines, settled) => {
        const parts = partsOf(lines);
        for (const [index, part] of parts.entries())
          this.#say({ type: "log", key, taskId, lines: part }, index === parts.length - 1 ? settled : undefined);
      },
      metrics: (key, taskId, metrics, settled) => this.#say({ type: "metrics", key, taskId, metrics }, settled),
      ended: (key, result) => this.#over({ type: "ended", key, result }),
      returned: (key) => this.#over({ type: "returned", key }),
      triggerLog: (_trigger, _lines, settled) => settled?.(),
      lookup: (key, path) => this.#calls.call({ type: "lookup", key }, path),
      services: (tenant) => {
        const described = this.#services.get(tenant);
        if (described === undefined) throw new Error(`the server did not tell which services the tenant ${tenant} has`);
        return described;
      },
    };
  }

  /** Of a job that is somebody else's nothing counts. */
  #say(message: JobNews, settled?: () => void): void {
    if (this.#jobs.has(message.key)) this.#uplink.send(message, { key: message.key, settled });
    else settled?.();
  }

  #over(message: Extract<JobNews, { type: "ended" | "returned" }>): void {
    const { key } = message;
    if (!this.#jobs.has(key)) return;
    this.#jobs.set(key, "over");
    this.#say(message, () => this.#jobs.delete(key));
  }

  #hear(message: ToWorker): void {
    switch (message.type) {
      case "run":
        return this.#take(message.job);
      case "kill":
        return this.#worker.kill(message.key);
      case "services":
        return this.#describe(message);
      case "answer":
      case "refusal":
        return this.#calls.settle(message);
      default:
        return message satisfies never;
    }
  }

  #take(job: Job): void {
    if (this.#jobs.has(job.key)) return;
    this.#jobs.set(job.key, "at work");
    if (this.#isLeaving) this.#over({ type: "returned", key: job.key });
    else this.#worker.submit(job);
  }

  /** Files are at hand here: what is said on a line does not stream. */
  #describe({ tenant, methods }: Extract<ToWorker, { type: "services" }>): void {
    const ask = (method: string, args: readonly unknown[]) =>
      this.#calls.call({ type: "service", tenant, method }, args);
    const namespaceFiles = createNamespaceFiles(this.#options.storage, tenant);
    this.#services.set(tenant, { ...remoteServices(methods, ask), namespaceFiles });
  }

  /** What ended before counts, if the server still wants it. */
  #cutOff(): (key: string | undefined) => boolean {
    for (const [key, state] of this.#jobs) {
      if (state === "over") continue;
      this.#jobs.delete(key);
      this.#worker.kill(key);
    }
    return (key) => key === undefined || this.#jobs.has(key);
  }
}

/** Lines in pieces that fit into a message. */
function partsOf(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const parts: LogLine[][] = [[]];
  let characters = 0;
  for (const line of lines) {
    const size = sizeOf(line);
    if (characters > 0 && characters + size > LOG_CHARACTERS) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)!.push(line);
    characters += size;
  }
  return parts;
}
