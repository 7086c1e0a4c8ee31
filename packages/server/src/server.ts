import type { RequestListener } from "node:http";
import { REQUEST_LIMITS, type RequestLimits } from "@capstan/api";
import type { Catalogue, JsonMap } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import type { ApiOptions } from "./api.ts";
import { assertSafeAddress } from "./authentication/safe-address.ts";
import { createDoor } from "./door/door.ts";
import { createListener } from "./door/listener.ts";
import { createEventStreams } from "./event-stream.ts";
import type { Forwarder } from "./gate/forwarder.ts";
import { createGate, type Leader } from "./gate/gate.ts";
import { turnClientsAway } from "./gate/turn-clients-away.ts";
import type { Service } from "./service.ts";
import { createWorkerDoor } from "./workers/worker-door.ts";
import type { WorkerToken } from "./workers/worker-tokens.ts";
import type { Member } from "@capstan/store";

export interface ServerOptions extends ApiOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly catalogue: Catalogue;
  readonly jsonSchema?: (kind: string) => JsonMap | undefined;
  readonly limits?: Partial<RequestLimits>;
  /** What clients adapt to; of the generation whose paths and shapes are served. */
  readonly version?: string;
  readonly publicUrl?: string;
  /** How to set a credential, in the words of whoever starts the server. */
  readonly authenticationHint?: string;
  /** Who answers at first, where several servers share a database; without it, always this one. */
  readonly leader?: Leader;
  /** The servers that share the database, this one among them; none by default. */
  readonly members?: () => Promise<readonly Member[]>;
  /** What lets workers of other processes in, where the runtime takes any. */
  readonly workerTokens?: readonly WorkerToken[];
  /** Whether the token with this SHA-256 is that of one of the servers that share the database. */
  readonly isMember?: (fingerprint: string) => boolean;
  /** Whether clients may call this server; otherwise only other servers pass requests on to it. By default they may. */
  readonly servesClients?: boolean;
  readonly now?: () => number;
}

export interface Server {
  /** Throws `authentication-required` for an address of a network without authentication. */
  listen(): Promise<{ readonly url: string }>;
  /** Whom requests go to from now on; only where it was told at first who answers. */
  follow(leader: Leader, former?: { readonly isLost: boolean }): void;
  /** Ends event streams; resolves when nothing is being answered here any more, or after so many milliseconds. */
  drained(milliseconds: number): Promise<void>;
  /** Ends event streams, lets requests end, closes. */
  close(): Promise<void>;
  /** Whether somebody has asked for more than what the door answers. */
  readonly isApiLoaded: boolean;
  /** Gives a request to the API without a socket, for tests. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
}

const COMPATIBLE_VERSION = "1.3.15";
const HINT = "Set a username and a password for basic authentication, or listen on 127.0.0.1";

/** The HTTP server on a runtime: everything it answers comes from the runtime's services. */
export function createServer(runtime: Runtime, options: ServerOptions): Server {
  const limits = { ...REQUEST_LIMITS, ...options.limits };
  const streams = createEventStreams(limits.streamBufferBytesMax);
  const service: Service = {
    runtime,
    catalogue: options.catalogue,
    jsonSchema: options.jsonSchema ?? (() => undefined),
    streams,
    limits,
    version: options.version ?? COMPATIBLE_VERSION,
    publicUrl: options.publicUrl ?? "",
    now: options.now ?? Date.now,
    members: options.members ?? (async () => []),
  };
  const { logger } = options;
  let loading: Promise<FastifyInstance> | undefined;
  const api = () => (loading ??= import("./api.ts").then(({ createApi }) => createApi(service, options)));
  const forward: RequestListener = (request, response) => {
    api().then(
      (loaded) => loaded.routing(request, response),
      (error: unknown) => {
        loading = undefined; // The next request tries again.
        logger?.error({ err: error }, "the API can't be loaded");
        response.writeHead(500).end();
      },
    );
  };
  const { workers, storage } = runtime;
  const { workerTokens = [], isMember = () => false } = options;
  const workerDoor = workers && createWorkerDoor({ workers, storage }, { tokens: workerTokens, isMember });
  const door = createDoor(service, {
    forward,
    workers: workerDoor,
    failed: (error, what, facts) => logger?.error({ err: error, ...facts }, what),
  });
  const failed = (error: unknown, what: string) => logger?.error({ err: error }, what);
  const gate =
    options.leader === undefined ? undefined : createGate({ answer: door, loadForwarder, failed }, options.leader);
  const answer = gate?.handle ?? door;
  const { servesClients = true, isTrusted = () => false } = options;
  const listener = createListener(servesClients ? answer : turnClientsAway(answer, isTrusted), limits.headerBytesMax);
  return {
    async listen() {
      assertSafeAddress(options, options.authenticationHint ?? HINT);
      return listener.listen(options.host, options.port);
    },
    follow: (leader, former) => gate?.follow(leader, former),
    async drained(milliseconds) {
      streams.endAll();
      workerDoor?.endLines();
      await gate?.drained(milliseconds);
    },
    async close() {
      streams.endAll();
      workerDoor?.endLines();
      await gate?.close();
      await listener.close();
      await (await loading?.catch(() => undefined))?.close();
    },
    get isApiLoaded() {
      return loading !== undefined;
    },
    inject: async (request) => (await api()).inject(request),
  };
}

/** Who leads, or stands alone, passes nothing on. */
async function loadForwarder(address: string, lost: () => void): Promise<Forwarder> {
  return (await import("./gate/forwarder.ts")).createForwarder(address, lost);
}
