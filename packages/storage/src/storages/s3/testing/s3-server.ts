import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type S3ClientConfig, S3Client, CreateBucketCommand } from "@aws-sdk/client-s3";

/** A server that speaks S3, on a free port of this machine, with nothing in it. */
export interface S3Server {
  readonly endpoint: string;
  /** Makes a bucket; answers the options of a storage in it. */
  bucket(name: string): Promise<S3Access & { readonly bucket: string }>;
  /** A client for what only tests look at. */
  client(): S3Client;
  /** Ends it at once, with all that it holds. */
  stop(): Promise<void>;
}

export interface S3Access {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The server of moto, which keeps all in memory, without the parts for other services of AWS. */
const PACKAGES = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];
/** Where the environments of Python for tests lie; shared by all checkouts of this machine. */
const ENVIRONMENT = join(tmpdir(), `capstan-s3-server-${PACKAGES.join("-").replaceAll(/[^\w.-]/g, "_")}`);

const ACCESS = { accessKeyId: "test-key", secretAccessKey: "test-secret" };
/** Of what it prints at its start, in characters. */
const PRINTED_MAX = 10_000;
const run = promisify(execFile);

/** Starts one; ends with this process at the latest. Installs it at the first time, which needs Python with venv and a package registry. */
export async function startS3Server(environment: Readonly<Record<string, string>> = {}): Promise<S3Server> {
  const python = await pythonWithServer();
  const { PATH = "" } = process.env;
  const child = spawn(python, ["-c", SERVE], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH, ...environment },
  });
  const gone = once(child, "exit");
  const endpoint = await printedAddress(child);
  const settings: S3ClientConfig = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: ACCESS };
  const client = new S3Client(settings);
  return {
    endpoint,
    client: () => client,
    bucket: async (name) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return { endpoint, bucket: name, ...ACCESS };
    },
    stop: async () => {
      client.destroy();
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Serves on a free port until its input ends, which it does with this process, however that ends. */
const SERVE = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(["-H", "127.0.0.1", "-p", "0"])
`;

/** The server writes a line for each request, which must be read for ever. */
async function printedAddress(child: ChildProcess): Promise<string> {
  const address = Promise.withResolvers<string>();
  let printed = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    if (printed.length < PRINTED_MAX) printed += text;
    const [, found] = /Running on (http:\/\/[\d.]+:\d+)/.exec(printed) ?? [];
    if (found !== undefined) address.resolve(found);
  });
  child.once("exit", () => address.reject(new Error(`the S3 server for tests does not start: ${printed}`)));
  return address.promise;
}

/** The Python of an environment with the server. Made aside and moved into place: several tests may need it at the same time. */
async function pythonWithServer(): Promise<string> {
  const python = join(ENVIRONMENT, "bin", "python");
  if (existsSync(python)) return python;
  const unfinished = await mkdtemp(`${ENVIRONMENT}-`);
  try {
    await run("python3", ["-m", "venv", unfinished]);
    const own = join(unfinished, "bin", "python");
    await run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
    await rename(unfinished, ENVIRONMENT).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return python;
  } catch (error) {
    throw new Error(
      "the S3 server for these tests can't be installed: they need python3 with venv and pip (apt-get install python3-venv) and a package registry",
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
