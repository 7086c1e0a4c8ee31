import type { files as dropbox } from "dropbox";
import { type LocalServer, type Received, startServer, strictly } from "@capstan/sdk/test-kit";
import { z } from "zod";
import { contentHashOf } from "../content-hash.ts";
import { type Answer, type Arguments, type Operations, operationsOn, refusal } from "./fake-account.ts";

export const TOKEN = "sl.test-token";

const commit = {
  path: z.string().regex(/^\//),
  mode: z.enum(["add", "overwrite"]).transform((tag) => ({ ".tag": tag })),
  autorename: z.boolean(),
};
const content_hash = z.string().length(64);
const cursor = z.strictObject({ session_id: z.string().min(1), offset: z.int() });
const place = z.string().regex(/^(?:\/|id:)/);
const folder = z.string().regex(/^(?:$|\/)/);
const relocation = { from_path: place, to_path: place, autorename: z.boolean() };

const searchOptions = strictly<dropbox.SearchOptions>()({
  path: place.optional(),
  max_results: z.int().min(1).max(1_000),
  file_extensions: z.array(z.string()).optional(),
}) as z.ZodType<dropbox.SearchOptions>;

/** The arguments that Dropbox's own types have. */
const ARGUMENTS: Readonly<Record<string, z.ZodType>> = {
  list_folder: strictly<dropbox.ListFolderArg>()({
    path: folder,
    recursive: z.boolean(),
    limit: z.int().min(1).max(2_000),
  }),
  "list_folder/continue": strictly<dropbox.ListFolderContinueArg>()({ cursor: z.string() }),
  search_v2: strictly<dropbox.SearchV2Arg>()({
    query: z.string(),
    options: searchOptions,
  }),
  "search/continue_v2": strictly<dropbox.SearchV2ContinueArg>()({ cursor: z.string() }),
  get_metadata: strictly<dropbox.GetMetadataArg>()({ path: place, include_media_info: z.boolean() }),
  create_folder_v2: strictly<dropbox.CreateFolderArg>()({ path: place, autorename: z.boolean() }),
  delete_v2: strictly<dropbox.DeleteArg>()({ path: place }),
  copy_v2: strictly<dropbox.RelocationArg>()(relocation),
  move_v2: strictly<dropbox.RelocationArg>()({ ...relocation, allow_ownership_transfer: z.boolean() }),
  download: strictly<dropbox.DownloadArg>()({ path: place }),
  upload: strictly<dropbox.UploadArg>()({ ...commit, content_hash }),
  "upload_session/start": strictly<dropbox.UploadSessionStartArg>()({ content_hash }),
  "upload_session/append_v2": strictly<dropbox.UploadSessionAppendArg>()({ cursor, content_hash }),
  "upload_session/finish": strictly<dropbox.UploadSessionFinishArg>()({
    cursor,
    commit: z.strictObject(commit),
    content_hash,
  }),
};
const OF_CONTENT = /^(?:download|upload)/;

export interface FakeDropbox extends LocalServer {
  /** Contents by path; undefined for folders. */
  readonly entries: Map<string, string | undefined>;
  /** What was called, in its order. */
  readonly calls: () => readonly string[];
}

export interface FakeOptions {
  readonly entries?: Readonly<Record<string, string | undefined>>;
  /** How many entries a page has. */
  readonly perPage?: number;
  /** In place of the content that a download sends. */
  readonly damage?: (content: string) => string;
  /** In place of any answer. */
  readonly answer?: Answer;
}

/** Dropbox with the files of one account. It refuses what Dropbox's types don't have, and parts that don't have their hash. */
export async function startDropbox(options: FakeOptions = {}): Promise<FakeDropbox> {
  const entries = new Map(Object.entries(options.entries ?? {}));
  const operations = operationsOn(entries, {
    perPage: options.perPage ?? 100,
    damage: options.damage ?? ((content) => content),
  });
  const server = await startServer((_request, response) => {
    const { status = 200, headers, body } = options.answer ?? answerTo(server.received.at(-1)!, operations);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  return { ...server, entries, calls: () => server.received.map(({ url }) => url.replace("/2/files/", "")) };
}

function answerTo({ method, url, headers, body }: Received, operations: Operations): Answer {
  const name = url.replace("/2/files/", "");
  const schema = ARGUMENTS[name];
  const operation = operations[name];
  if (method !== "POST" || schema === undefined || operation === undefined) return { status: 404, body: `no ${url}` };
  if (headers.authorization !== `Bearer ${TOKEN}`)
    return { status: 401, body: JSON.stringify({ error_summary: "expired_access_token/" }) };
  const isContent = OF_CONTENT.test(name);
  const type = name === "download" ? undefined : isContent ? "application/octet-stream" : "application/json";
  if (headers["content-type"] !== type) return { status: 400, body: `a body of ${headers["content-type"]}` };
  const written = isContent ? String(headers["dropbox-api-arg"]) : body;
  const checked = schema.safeParse(JSON.parse(written));
  if (!checked.success) return { status: 400, body: z.prettifyError(checked.error) };
  const args = JSON.parse(written) as Arguments;
  if (args["content_hash"] !== undefined && args["content_hash"] !== contentHashOf(Buffer.from(body)))
    return refusal("content_hash_mismatch");
  return operation(args, body);
}
