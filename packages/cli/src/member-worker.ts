/**
 * Runs tasks for the server that leads, in a server that shares its database: as a worker elsewhere does, by way of the server's own
 * address, which passes on to whoever leads. Once this server leads itself, it gives itself jobs without that: what the member has
 * by then may end, and no more comes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseDuration } from "@capstan/model";
import { Refused, workerIdOfMember } from "@capstan/runtime";
import type { Logger } from "pino";
import type { Configuration } from "./configuration.ts";
import type { Leadership } from "./leadership.ts";
import type { ThirdParty } from "./third-party/third-party.ts";
import { assembleRemoteWorker, type RemoteWorkerAssembly } from "./remote-worker.ts";

/** Between two tries while the one that leads has not heard of this member yet, in milliseconds. */
const PAUSE_MS = 500;
/** For ever, as timers know it, in milliseconds. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** What this server was started with. */
interface Installation {
  readonly configuration: Configuration;
  readonly thirdParty: ThirdParty;
}

export class MemberWorker {
  readonly #configuration: Configuration;
  readonly #thirdParty: ThirdParty;
  readonly #leadership: Leadership;
  readonly #logger: Logger;
  readonly #ended = new AbortController();
  #assembly: Promise<RemoteWorkerAssembly> | undefined;

  constructor({ configuration, thirdParty }: Installation, leadership: Leadership, logger: Logger) {
    this.#configuration = configuration;
    this.#thirdParty = thirdParty;
    this.#leadership = leadership;
    this.#logger = logger.child({ role: "worker" });
  }

  /** Begins to take jobs; `url` is where this server listens. */
  start(url: string): void {
    const { token, self: member } = this.#leadership;
    const { concurrency } = this.#configuration.worker;
    const self = { ...member, id: workerIdOfMember(member.id) };
    const place = {
      server: url,
      token,
      self,
      groups: [],
      concurrency,
      logger: this.#logger,
      thirdParty: this.#thirdParty,
    };
    this.#assembly = assembleRemoteWorker(this.#configuration, place);
    void this.#run(this.#assembly);
  }

  /** Takes no more jobs, and lets those end that it has. */
  retire(): void {
    void this.#assembly?.then(({ worker }) => worker.stop({ graceMs: FOR_EVER_MS, lastWordsMs: FOR_EVER_MS }));
  }

  /** Lets what runs end within the grace of workers, and gives back the rest. */
  async stop(): Promise<void> {
    this.#ended.abort();
    const assembly = await this.#assembly;
    await assembly?.worker.stop({ graceMs: parseDuration(this.#configuration.worker.grace)! });
    await assembly?.stopFiles();
  }

  /** The one that leads may have begun before it heard of this member. */
  async #run(assembly: Promise<RemoteWorkerAssembly>): Promise<void> {
    const { worker } = await assembly;
    while (!this.#ended.signal.aborted) {
      try {
        return await worker.run();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await sleep(PAUSE_MS, undefined, { signal: this.#ended.signal }).catch(() => undefined); // Stopped.
      }
    }
  }
}
