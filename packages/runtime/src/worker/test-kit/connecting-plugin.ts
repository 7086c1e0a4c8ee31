import { get } from "node:http";
import { connect as connectTo } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** Ways in which libraries reach the network. */
const WAYS = {
  "net, options": (host: string, port: number) => opened(connectTo({ host, port })),
  "net, arguments": (host: string, port: number) => opened(connectTo(port, host)),
  tls: (host: string, port: number) =>
    opened(connectSecurely({ host, port, rejectUnauthorized: false }), "secureConnect"),
  http: (host: string, port: number) => opened(get({ host, port }), "response"),
  fetch: async (host: string, port: number) => void (await fetch(`http://${host}:${port}/`)),
  "own lookup": (host: string, port: number) =>
    opened(
      connectTo({
        host,
        port,
        lookup: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
      }),
    ),
};
export type Way = keyof typeof WAYS;
export const ALL_WAYS = Object.keys(WAYS) as Way[];

function opened(socket: NodeJS.EventEmitter & { destroy(): void }, event = "connect"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(event, resolve).once("error", reject);
  return promise.finally(() => socket.destroy());
}

export default {
  name: "connecting",
  title: "Test tasks that connect",
  category: "Test",
  definitions: [
    defineTask({
      type: "test.Connect",
      title: "Connects, and says whether it could",
      properties: () => z.object({ way: z.enum(ALL_WAYS as [Way, ...Way[]]), host: z.string(), port: z.int() }),
      run: async ({ properties: { way, host, port } }) => {
        try {
          await WAYS[way](host, port);
        } catch (error) {
          const { message, cause } = error as Error;
          throw new TaskFailure(cause instanceof Error ? cause.message : message);
        }
      },
    }),
    defineTask({
      type: "test.Store",
      title: "Stores a file",
      properties: () => z.object({}),
      run: async ({ files }) => ({ uri: await files.put("note.txt", "content") }),
    }),
  ],
};
