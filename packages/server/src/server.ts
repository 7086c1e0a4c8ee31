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
import type { Service } from "./service.ts";

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
  readonly now?: () => number;
}

export interface Server {
  /** Throws `authentication-required` for an address of a network without authentication. */
  listen(): Promise<{ readonly url: string }>;
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
  const door = createDoor(service, {
    forward,
    failed: (error, what, facts) => logger?.error({ err: error, ...facts }, what),
  });
  const listener = createListener(door, limits.headerBytesMax);
  return {
    async listen() {
      assertSafeAddress(options, options.authenticationHint ?? HINT);
      return listener.listen(options.host, options.port);
    },
    async close() {
      streams.endAll();
      await listener.close();
      await (await loading?.catch(() => undefined))?.close();
    },
    get isApiLoaded() {
      return loading !== undefined;
    },
    inject: async (request) => (await api()).inject(request),
  };
}
