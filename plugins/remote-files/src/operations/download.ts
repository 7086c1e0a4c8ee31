import { defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, remotePath } from "../remote-path.ts";
import type { RemoteFiles } from "../remote-files.ts";
import { storeFile, type StoredFile } from "./store-file.ts";

const ALGORITHMS = { MD5: "md5", SHA_1: "sha1", SHA_256: "sha256", SHA_512: "sha512" } as const;

/** Which content a file must have. */
export const checksumProperties = () => ({
  validateChecksum: dynamic(z.boolean())
    .default(false)
    .describe("Whether its content must have `checksumExpected`, and the task puts its checksum out."),
  checksumExpected: text().optional().describe("The checksum in hexadecimal. Without it, none is demanded."),
  checksumAlgorithm: dynamic(z.enum(["MD5", "SHA_1", "SHA_256", "SHA_512"]))
    .default("SHA_256")
    .describe("How the checksum is made. Default: SHA_256."),
});

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
        ...checksumProperties(),
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

type Checksum = z.output<z.ZodObject<ReturnType<typeof checksumProperties>>>;
type Properties = Readonly<Record<string, unknown>> & Checksum & { readonly from: string };

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties, log } = context;
  using session = await protocol.open(properties, context);
  const { files } = session;
  const path = remotePath(properties.from, files.address);
  const { uri, entry, checksum } = await storeChecked(context, files, path);
  const from = addressOf(files.address, path);
  log.info(`Downloaded ${entry.sizeBytes} bytes from ${from}`);
  return { from, to: uri, checksum };
}

/** Stores a file, and nothing when it has another content than it must have. */
export async function storeChecked(
  context: Pick<TaskContext<Checksum>, "properties" | "files" | "signal" | "metric">,
  files: RemoteFiles,
  path: string,
): Promise<StoredFile> {
  const { validateChecksum, checksumExpected: expected, checksumAlgorithm } = context.properties;
  const how = validateChecksum ? { algorithm: ALGORITHMS[checksumAlgorithm] } : {};
  const stored = await storeFile(context, files, path, how);
  if (validateChecksum && expected !== undefined && stored.checksum !== expected.trim().toLowerCase()) {
    await context.files.delete(stored.uri);
    throw new TaskFailure(
      `${addressOf(files.address, path)} is not what is expected: its ${checksumAlgorithm} is ${stored.checksum}, and \`checksumExpected\` is ${expected}.`,
    );
  }
  context.metric({ name: "file.size", type: "counter", value: stored.entry.sizeBytes });
  return stored;
}
