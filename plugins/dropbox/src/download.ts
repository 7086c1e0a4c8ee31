import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { defineTask, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressOf, failedStatus, type HttpResponse, send } from "@capstan/sdk/http";
import { z } from "zod";
import { adviceFor, connection, type DropboxConnection, EXCHANGE, headerJson, requestOf } from "./connection.ts";
import { createContentHash } from "./content-hash.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { type FileMetadata, fileMetadata, storedFile, storedFileOf } from "./entry.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Download";

/** Stores a file of Dropbox. */
export const download = defineTask({
  type: TYPE,
  title: "Download a file from Dropbox",
  description:
    "The content streams to the internal storage, and must have the hash that Dropbox tells; none of it is kept in memory.",
  properties: () => z.object({ ...connection(), from: text().describe(`The file: ${PATH_FORMS}.`) }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The stored file."),
      metadata: storedFile().describe("What Dropbox tells of the file."),
    }),
  examples: [
    {
      title: "Get a report",
      code: `id: get\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\nfrom: /reports/today.csv\n`,
    },
  ],
  async run(context) {
    const path = await pathOf(context, "from", context.properties.from);
    const response = await open(context, path);
    const metadata = metadataOf(path, response);
    const uri = await store(context, path, response, metadata);
    context.metric({ name: "file.size", type: "counter", value: metadata.size });
    context.log.info(`Downloaded ${path} of ${metadata.size} bytes.`);
    return { uri, metadata: storedFileOf(metadata) };
  },
});

async function open(
  context: Pick<TaskContext<DropboxConnection>, "properties" | "signal">,
  path: string,
): Promise<HttpResponse> {
  const { url, headers } = requestOf(context, "content", "download");
  const argument = { "Dropbox-API-Arg": headerJson({ path }) };
  const request = { method: "POST", url: addressOf(url), headers: { ...headers, ...argument }, body: undefined };
  const response = await send(request, EXCHANGE, context.signal);
  if (response.status === 200) return response;
  throw await failedStatus(`Downloading ${path}`, response, adviceFor(response.status));
}

function metadataOf(path: string, response: HttpResponse): FileMetadata {
  try {
    return fileMetadata().parse(JSON.parse(response.header("dropbox-api-result") ?? "") as unknown);
  } catch (error) {
    response.body.destroy();
    throw new TaskFailure(
      `Downloading ${path} was answered with what is none of Dropbox's answers. Check \`endpointOverride\`, and proxies on the way.`,
      { cause: error },
    );
  }
}

async function store(
  { files, signal }: Pick<TaskContext<unknown>, "files" | "signal">,
  path: string,
  { body }: HttpResponse,
  { name, size, content_hash: expected }: FileMetadata,
): Promise<string> {
  const hash = createContentHash();
  let bytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      hash.update(piece);
      done(null, piece);
    },
  });
  const [uri] = await Promise.all([files.put(fileName(name), counted), pipeline(body, counted)]).catch(
    (error: unknown) => {
      if (signal.aborted || error instanceof TaskFailure) throw error;
      throw new TaskFailure(`The download of ${path} ended after ${bytes} of ${size} bytes. A retry may help.`, {
        cause: error,
      });
    },
  );
  if (bytes === size && (expected === undefined || expected === hash.digest())) return uri;
  await files.delete(uri);
  throw new TaskFailure(
    `${path} did not arrive as it is at Dropbox: ${bytes} of ${size} bytes, or another content. A retry may help.`,
  );
}

function fileName(name: string): string {
  const plain = name.replaceAll(/[^\w.@ -]+/g, "_");
  return /^\.{0,2}$/.test(plain) ? "download" : plain;
}
