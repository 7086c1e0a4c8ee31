import { once } from "node:events";
import { type AddressInfo, createServer as createPlainServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { JsonMap } from "@capstan/sdk";
import { must } from "../must.ts";
import { beginLogin, type Login } from "./login.ts";
import { errorPart, MESSAGE, PART, reply, type Request, requestsOf, truthPart } from "./messages.ts";
import { openSession } from "./session.ts";
import type { Wanted, World } from "./world.ts";

/**
 * A stand-in of SAP HANA that speaks its SQL Command Network Protocol as SAP documents it. The SQL runs on DuckDB. What it was not made for, it
 * refuses by closing the connection.
 */
export interface HanaServer extends AsyncDisposable {
  readonly port: number;
  /** Properties that connect. */
  readonly place: JsonMap & { readonly url: string; readonly username: string; readonly password: string };
  /** Who came in. */
  readonly users: readonly string[];
  /** Tenants that were asked for. */
  readonly databases: readonly string[];
  readonly statements: readonly string[];
  /** Connections that are open. */
  open(): number;
  /** Sessions whose end was asked for. */
  ended(): number;
  /** Results that are neither read nor closed. */
  openCursors(): number;
  /** Ends all connections. */
  hangUp(): void;
}

const USER = "APP";
const PASSWORD = "p'ass\"w;rd€";
const LOGIN_FAILED = 10;
const ON_CORRECT_DATABASE = 4;

export async function startHana(wanted: Wanted = {}, longValues: World["longValues"] = []): Promise<HanaServer> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const lists = { users: [], statements: [], databases: [], sockets: new Set<Socket>(), sessions: new Map() };
  const world: World = { instance, wanted, longValues, ...lists, ended: 0, openCursors: 0 };
  const take = (socket: Socket) => {
    world.sockets.add(socket);
    socket.on("close", () => world.sockets.delete(socket)).on("error", () => undefined);
    serve(world, socket).catch(() => socket.destroy());
  };
  const { identity } = wanted;
  const server = identity === undefined ? createPlainServer(take) : createTlsServer(identity, take);
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hangUp = () => {
    for (const socket of world.sockets) socket.destroy();
  };
  return {
    port,
    place: { url: `jdbc:sap://127.0.0.1:${port}/?databaseName=HXE`, username: USER, password: PASSWORD },
    users: world.users,
    databases: world.databases,
    statements: world.statements,
    open: () => world.sockets.size,
    ended: () => world.ended,
    openCursors: () => world.openCursors,
    hangUp,
    [Symbol.asyncDispose]: async () => {
      server.close();
      hangUp();
      instance.closeSync();
    },
  };
}

async function serve(world: World, socket: Socket): Promise<void> {
  const requests = requestsOf(socket);
  if (await letIn(world, socket, requests)) await serveSession(world, socket, requests);
}

/** Whether somebody has come in, when the requests for it are over. */
async function letIn(world: World, socket: Socket, requests: AsyncGenerator<Request>): Promise<boolean> {
  let login: Login | undefined;
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const request = next.value;
    const part = (kind: number) => request.parts.get(kind)!;
    if (request.type === MESSAGE.dbConnectInfo) {
      world.databases.push(part(PART.dbConnectInfo).data.toString("utf8", 4));
      socket.write(reply(request, 0, [truthPart(PART.dbConnectInfo, ON_CORRECT_DATABASE)]));
    } else if (request.type === MESSAGE.authenticate) {
      login = beginLogin(part(PART.authentication));
      const info = request.parts.has(PART.dbConnectInfo) ? [truthPart(PART.dbConnectInfo, ON_CORRECT_DATABASE)] : [];
      socket.write(reply(request, 14, [login.challenge, ...info]));
    } else {
      must(request.type === MESSAGE.connect && login !== undefined, "a login comes first");
      const proof = login!.user === USER ? login!.prove(part(PART.authentication), PASSWORD) : undefined;
      if (proof === undefined) {
        socket.write(reply(request, 0, [errorPart(LOGIN_FAILED, "authentication failed")]));
        continue;
      }
      world.users.push(login!.user);
      socket.write(reply(request, 14, [proof, truthPart(PART.connectOptions, 2)]));
      return true;
    }
  }
  return false;
}

/** Answers one request after the other. What ends a statement comes from other connections. */
async function serveSession(world: World, socket: Socket, requests: AsyncGenerator<Request>): Promise<void> {
  const id = String((socket.remotePort ?? 0) + 100_000);
  const session = await openSession(world, id);
  socket.once("close", () => world.sessions.get(id)?.());
  try {
    for await (const request of requests) {
      if (request.type === MESSAGE.disconnect) {
        socket.end(reply(request, 18, []));
        return;
      }
      const { functionCode, parts } = await session.answer(request);
      socket.write(reply(request, functionCode, parts));
    }
  } finally {
    session.close();
  }
}
