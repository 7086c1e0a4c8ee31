/**
 * The protocol of SurrealDB over HTTP, on its engine in memory. Arguments: the folder that has the engine's packages, port, user, password.
 * A statement `SLEEP` is the engine's own; `GET /asking` counts the requests that wait.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const [folder = "", port = "", user = "", password = ""] = process.argv.slice(2);

interface Response {
  readonly success: boolean;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
interface Session {
  connect(address: string): Promise<unknown>;
  use(place: { namespace: string; database: string }): Promise<unknown>;
  query(sql: string, variables: object): { responses(): Promise<readonly Response[]> };
}
interface Library {
  readonly Surreal: new (options: { engines: unknown }) => Session;
  readonly jsonify: (value: unknown) => unknown;
}

const load = (path: string) => import(pathToFileURL(join(folder, "node_modules", path)).href) as Promise<unknown>;
const { Surreal, jsonify } = (await load("surrealdb/dist/surrealdb.mjs")) as Library;
const { createNodeEngines } = (await load("@surrealdb/node/dist/surrealdb-node.mjs")) as {
  readonly createNodeEngines: () => unknown;
};
const session = new Surreal({ engines: createNodeEngines() });
await session.connect("mem://");
const credentials = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
let asking = 0;

createServer((request, response) => {
  const fail = (error: unknown) => void response.writeHead(500).end(String(error));
  asking += 1;
  response.once("close", () => (asking -= 1));
  answer(request, response).catch(fail);
}).listen(Number(port), "127.0.0.1");

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/asking") return void response.end(String(asking - 1));
  const { authorization, accept, "content-type": type } = request.headers;
  const { "surreal-ns": namespace, "surreal-db": database } = request.headers;
  if (authorization !== credentials)
    return void response.writeHead(401).end('{"code":401,"details":"Authentication failed"}');
  if (request.method !== "POST" || request.url !== "/rpc") return void response.writeHead(404).end();
  if (accept !== "application/json" || type !== "application/json") return void response.writeHead(415).end();
  const call = JSON.parse(await text(request)) as { id: number; method: string; params: [string, object] };
  const say = (what: object) => void response.end(JSON.stringify(what, digits));
  response.setHeader("content-type", "application/json");
  if (call.method !== "query") return say({ id: call.id, error: { code: -32_601, message: "Method not found" } });
  await session.use({ namespace: String(namespace), database: String(database) });
  try {
    const answers = await session.query(...call.params).responses();
    const result = answers.map(({ success, result: value, error }) => ({
      status: success ? "OK" : "ERR",
      result: success ? jsonify(value) : error?.message,
      time: "1ms",
    }));
    say({ id: call.id, result });
  } catch (error) {
    say({ id: call.id, error: { code: -32_000, message: (error as Error).message } });
  }
}

/** Long numbers are written with all their digits. */
function digits(_key: string, value: unknown): unknown {
  return typeof value === "bigint"
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value))
    : value;
}
