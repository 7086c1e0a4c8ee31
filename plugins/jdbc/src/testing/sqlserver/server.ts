import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { JsonMap } from "@capstan/sdk";
import { openSession } from "./session.ts";
import { ENCRYPT, FEDERATED_ACK, type Login, loginAck, loginOf, preloginAnswer, preloginOf } from "./login.ts";
import { answerTo, firstMessage, type Message, messagesOf, PACKET } from "./packets.ts";
import { encrypted } from "./tls.ts";
import { CHANGE, done, DONE, environmentChange, message } from "./tokens.ts";
import type { Wanted, World } from "./world.ts";
import { must } from "../must.ts";

/**
 * A stand-in of SQL Server that speaks TDS 7.4 as Microsoft documents it in [MS-TDS]. The SQL runs on DuckDB. What it was not made for, it refuses
 * by closing the connection.
 */
export interface SqlServer extends AsyncDisposable {
  readonly port: number;
  /** Properties that connect. */
  readonly place: JsonMap & { readonly url: string; readonly username: string; readonly password: string };
  /** Those who came in. */
  readonly logins: readonly (Login & { readonly isEncrypted: boolean })[];
  /** Texts that were run, with the declarations of their values. */
  readonly statements: readonly string[];
  /** Connections that are open. */
  open(): number;
  /** Statements that clients had ended. */
  ended(): number;
  /** Transactions that were begun. */
  transactions(): number;
  /** Statements that run. */
  running(): number;
  /** Ends all connections. */
  hangUp(): void;
}

const USER = "app";
const PASSWORD = "p'ass\"w;rd€";
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);
const LOGIN_FAILED = 18_456;

export async function startSqlServer(wanted: Wanted = {}): Promise<SqlServer> {
  const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
  const instance = await Instance.create(":memory:");
  const world: World = {
    instance,
    wanted,
    logins: [],
    statements: [],
    sockets: new Set(),
    ended: 0,
    transactions: 0,
    running: 0,
  };
  const server = createServer((socket) => {
    world.sockets.add(socket);
    socket.on("close", () => world.sockets.delete(socket)).on("error", () => undefined);
    serve(world, socket).catch(() => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hangUp = () => {
    for (const socket of world.sockets) socket.destroy();
  };
  return {
    port,
    place: { url: `jdbc:sqlserver://127.0.0.1:${port};databaseName=shop`, username: USER, password: PASSWORD },
    logins: world.logins,
    statements: world.statements,
    open: () => world.sockets.size,
    ended: () => world.ended,
    transactions: () => world.transactions,
    running: () => world.running,
    hangUp,
    [Symbol.asyncDispose]: async () => {
      server.close();
      hangUp();
      instance.closeSync();
    },
  };
}

async function serve(world: World, socket: Socket): Promise<void> {
  const encryption = await prelogin(world, socket);
  const isEncrypted = encryption !== ENCRYPT.notSupported;
  const stream: Duplex = isEncrypted ? await encrypted(socket, world.wanted.identity!) : socket;
  const messages = messagesOf(stream);
  const first = (await messages.next()).value as Message | undefined;
  if (first === undefined) return;
  must(first.type === PACKET.login, "a login comes first");
  const login = loginOf(first.data);
  const isGood =
    login.accessToken === undefined
      ? login.user === USER && login.password === PASSWORD
      : login.accessToken === world.wanted.accessToken;
  const answer = answerTo(stream, login.packetBytes);
  await answer.write(isGood ? welcome(login) : refusal(login));
  await answer.end();
  if (!isGood) return void socket.end();
  world.logins.push({ ...login, isEncrypted });
  await using session = await openSession(world, stream, login.packetBytes);
  for await (const next of messages) session.take(next);
}

/** Agrees upon encryption, on a connection that has said nothing yet. */
async function prelogin({ wanted }: World, socket: Socket): Promise<number> {
  const { data, type } = await firstMessage(socket);
  must(type === PACKET.prelogin, "what may be agreed upon comes first");
  const asked = preloginOf(data).get(1)![0]!;
  const canEncrypt = wanted.identity !== undefined;
  const agreed =
    canEncrypt && (wanted.mustEncrypt === true || asked !== ENCRYPT.notSupported) ? ENCRYPT.on : ENCRYPT.notSupported;
  const answer = answerTo(socket, 4096);
  await answer.write(preloginAnswer(agreed === ENCRYPT.on && wanted.mustEncrypt === true ? ENCRYPT.required : agreed));
  await answer.end();
  return agreed;
}

function welcome({ tdsVersion, database, packetBytes, accessToken }: Login): Buffer {
  return Buffer.concat([
    environmentChange(CHANGE.database, database === "" ? "master" : database, "master"),
    message("info", 5701, "Changed database context."),
    environmentChange(CHANGE.collation, COLLATION, Buffer.alloc(0)),
    loginAck(tdsVersion),
    environmentChange(CHANGE.packetBytes, String(packetBytes), "4096"),
    ...(accessToken === undefined ? [] : [FEDERATED_ACK]),
    done("statement", 0),
  ]);
}

function refusal({ user }: Login): Buffer {
  return Buffer.concat([
    message("error", LOGIN_FAILED, `Login failed for user '${user}'.`),
    done("statement", DONE.error),
  ]);
}
