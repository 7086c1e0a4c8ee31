import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type S3ClientConfig, S3Client, CreateBucketCommand } from "@aws-sdk/client-s3";
import { pythonWith } from "@capstan/sdk/test-kit";

/** A server that speaks S3, on a free port of this machine, with nothing in it. */
export interface S3Server {
  readonly endpoint: string;
  /** Makes a bucket; answers the options of a storage in it. */
  bucket(name: string): Promise<S3Access & { readonly bucket: string }>;
  /** Asks its IAM, while requests are free of signatures; answers XML. */
  iam(parameters: Readonly<Record<string, string>>): Promise<string>;
  /** Makes a key of a user of its IAM. */
  keyOf(userName: string): Promise<Omit<S3Access, "endpoint">>;
  /** How many requests it takes from now on before it begins to look at signatures and policies. */
  freeRequests(count: "0" | "Infinity"): Promise<void>;
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

/** The server of moto, which keeps all in memory, with what the services of our tests need. */
const PACKAGES = ["moto[events,glue,s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

const ACCESS = { accessKeyId: "test-key", secretAccessKey: "test-secret" };
/** Of what it prints at its start, in characters. */
const PRINTED_MAX = 10_000;

/** Starts one; ends with this process at the latest. Installs it at the first time, which needs Python with venv and a package registry. */
export async function startS3Server(environment: Readonly<Record<string, string>> = {}): Promise<S3Server> {
  const python = await pythonWith(PACKAGES);
  const { PATH = "" } = process.env;
  const child = spawn(python, ["-c", SERVE], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH, ...environment },
  });
  const gone = once(child, "exit");
  const endpoint = await printedAddress(child);
  const settings: S3ClientConfig = { endpoint, region: "us-east-1", forcePathStyle: true, credentials: ACCESS };
  const client = new S3Client(settings);
  const iam = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await fetch(endpoint, {
      method: "POST",
      // Says which service is meant; nobody looks at the signature yet.
      headers: { authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, Signature=x" },
      body: new URLSearchParams(parameters),
    });
    const body = await answer.text();
    if (!answer.ok) throw new Error(body);
    return body;
  };
  return {
    endpoint,
    iam,
    keyOf: async (UserName) => {
      const answer = await iam({ Action: "CreateAccessKey", UserName });
      const read = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)![1]!;
      return { accessKeyId: read("AccessKeyId"), secretAccessKey: read("SecretAccessKey") };
    },
    freeRequests: async (count) => {
      await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body: count });
    },
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
