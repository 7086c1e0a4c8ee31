import { AsyncLocalStorage } from "node:async_hooks";
import { type LookupFunction, Socket } from "node:net";
import type { EgressGuard } from "./egress-guard.ts";

const ownConnections = new AsyncLocalStorage<true>();

/** What the platform itself reaches, such as its storage, is none of the guard's business. */
export function withOwnConnections<Parts extends object>(parts: Parts): Parts {
  return new Proxy(parts, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => ownConnections.run(true, () => Reflect.apply(value, target, given) as unknown);
    },
  });
}

interface Destination {
  readonly host?: string | null;
  readonly port?: number | string;
  /** Of a socket of the file system, which leads nowhere else. */
  readonly path?: string | null;
  readonly lookup?: LookupFunction;
}

/** As `net.connect` hands them to its socket: one list of the options and the listener, in place of the arguments. */
type Arguments = [Destination | [Destination, unknown] | number | string, ...unknown[]];

/**
 * Makes all sockets of this thread ask the guard, whoever opens them: HTTP clients, drivers of databases and queues, `fetch`. For threads
 * that run plugins and nothing else. What native code and other processes open is not seen.
 */
export function guardSockets(guard: EgressGuard): void {
  const { connect } = Socket.prototype as { connect: (this: Socket, ...args: Arguments) => Socket };
  const guarded = function (this: Socket, ...args: Arguments): Socket {
    const destination = destinationOf(args);
    if (destination.path != null || ownConnections.getStore() === true) return connect.apply(this, args);
    return connect.apply(this, withDestination(args, admitted(destination, guard)));
  };
  Socket.prototype.connect = guarded as typeof Socket.prototype.connect;
}

function admitted(destination: Destination, guard: EgressGuard): Destination {
  const { host, port, lookup } = destination;
  try {
    return { ...destination, lookup: guard.admit(host ?? "localhost", Number(port), lookup) };
  } catch (error) {
    // What is opened fails in the way of a host that nobody knows, which all libraries can deal with; addresses aren't looked up.
    return {
      ...destination,
      host: "refused.invalid",
      lookup: (_name, _options, callback) => callback(error as Error, ""),
    };
  }
}

function destinationOf([first, second]: Arguments): Destination {
  if (Array.isArray(first)) return first[0];
  if (typeof first === "object") return first;
  // A text that is no number is the path of a socket.
  if (typeof first === "string" && !/^\d+$/.test(first)) return { path: first };
  return { port: first, ...(typeof second === "string" && { host: second }) };
}

function withDestination(args: Arguments, destination: Destination): Arguments {
  const [first, ...rest] = args;
  if (Array.isArray(first)) {
    // The list has a mark by which sockets know it.
    first[0] = destination;
    return args;
  }
  if (typeof first === "object") return [destination, ...rest];
  return [destination, ...rest.filter((each) => typeof each === "function")];
}
