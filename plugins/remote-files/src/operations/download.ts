import { defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, remotePath } from "../remote-path.ts";
import { storeFile } from "./store-file.ts";

const ALGORITHMS = { MD5: "md5", SHA_1: "sha1", SHA_256: "sha256", SHA_512: "sha512" } as const;

/** A file of another machine becomes one of the execution. */
export function download(protocol: Protocol) {
  const type = `${protocol.prefix}.Download`;
  return defineTask({
    type,
    title: `Download a file by ${protocol.name}`,
    description: "The task fails when the file changes while it is read.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: text().describe("Its path at the server."),
        validateChecksum: dynamic(z.boolean())
          .default(false)
          .describe("Whether its content must have `checksumExpected`, and the task puts its checksum out."),
        checksumExpected: text().optional().describe("The checksum in hexadecimal. Without it, none is demanded."),
        checksumAlgorithm: dynamic(z.enum(["MD5", "SHA_1", "SHA_256", "SHA_512"]))
          .default("SHA_256")
          .describe("How the checksum is made. Default: SHA_256."),
      }),
    outputs: () =>
      z.object({
        from: z.string().describe("Its address at the server, without credentials."),
        to: z.string().describe("The file in the internal storage."),
        checksum: z.string().optional().describe("Its checksum in hexadecimal, with `validateChecksum`."),
      }),
    examples: [
      { title: "Fetch a file", code: `id: fetch\ntype: ${type}\n${protocol.exampleLines}from: /outbox/orders.csv\n` },
    ],
    run: (context) => run(context, protocol),
  });
}

type Properties = Readonly<Record<string, unknown>> & {
  readonly from: string;
  readonly validateChecksum: boolean;
  readonly checksumExpected?: string | undefined;
  readonly checksumAlgorithm: keyof typeof ALGORITHMS;
};

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties, log, metric } = context;
  const { validateChecksum, checksumExpected: expected, checksumAlgorithm } = properties;
  using session = await protocol.open(properties, context);
  const { files } = session;
  const path = remotePath(properties.from, files.address);
  const how = validateChecksum ? { algorithm: ALGORITHMS[checksumAlgorithm] } : {};
  const { uri, entry, checksum } = await storeFile(context, files, path, how);
  const from = addressOf(files.address, path);
  if (validateChecksum && expected !== undefined && checksum !== expected.trim().toLowerCase()) {
    await context.files.delete(uri);
    throw new TaskFailure(
      `${from} is not what is expected: its ${checksumAlgorithm} is ${checksum}, and \`checksumExpected\` is ${expected}.`,
    );
  }
  metric({ name: "file.size", type: "counter", value: entry.sizeBytes });
  log.info(`Downloaded ${entry.sizeBytes} bytes from ${from}`);
  return { from, to: uri, checksum };
}
