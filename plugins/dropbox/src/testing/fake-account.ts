import { basename, dirname } from "node:path";
import { contentHashOf } from "../content-hash.ts";

const TIME = "2026-03-01T10:00:00Z";

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Checked before they come here. */
export type Arguments = Readonly<Record<string, never>>;
/** By the last part of the path. */
export type Operations = Readonly<Record<string, (args: Arguments, body: string) => Answer>>;
/** Contents by path; undefined for folders. */
type Entries = Map<string, string | undefined>;

/** What can be done with the files of an account. */
export function operationsOn(
  entries: Entries,
  { perPage, damage }: { readonly perPage: number; readonly damage: (content: string) => string },
): Operations {
  return { ...listing(entries, perPage), ...changing(entries), ...contents(entries, damage) };
}

export const refusal = (summary: string): Answer => ({
  status: 409,
  body: JSON.stringify({ error_summary: `${summary}/.` }),
});

const told = (value: unknown): Answer => ({ body: JSON.stringify(value) });

function metadataOf(path: string, content: string | undefined) {
  const named = { name: basename(path), path_lower: path.toLowerCase(), path_display: path };
  if (content === undefined) return { ".tag": "folder", ...named, id: "id:folder" };
  const size = Buffer.byteLength(content);
  const facts = { id: "id:file", rev: "0123456789", client_modified: TIME, server_modified: TIME, size };
  return { ".tag": "file", ...named, ...facts, content_hash: contentHashOf(Buffer.from(content)) };
}

/** As Dropbox tells it where it could be nothing else. */
function untagged(path: string, content: string | undefined) {
  const { ".tag": _, ...metadata } = metadataOf(path, content);
  return metadata;
}

function listing(entries: Entries, perPage: number): Operations {
  const page = (paths: readonly string[], from: number) => ({
    slice: paths.slice(from, from + perPage).map((path) => metadataOf(path, entries.get(path))),
    has_more: from + perPage < paths.length,
    cursor: JSON.stringify([paths, from + perPage]),
  });
  const list = (paths: readonly string[], from: number) => {
    const { slice, ...rest } = page(paths, from);
    return told({ entries: slice, ...rest });
  };
  const matches = (paths: readonly string[], from: number) => {
    const { slice, ...rest } = page(paths, from);
    const found = slice.map((metadata) => ({ metadata: { ".tag": "metadata", metadata } }));
    return told({ matches: [...found, { metadata: { ".tag": "other" } }], ...rest });
  };
  const resumed = (cursor: string) => JSON.parse(cursor) as [string[], number];
  return {
    list_folder: ({ path, recursive }) => {
      if (path !== "" && !entries.has(path!)) return refusal("path/not_found");
      const below = [...entries.keys()].filter((one) => one.startsWith(`${path}/`));
      return list(
        below.filter((one) => recursive || dirname(one) === (path === "" ? "/" : path)),
        0,
      );
    },
    "list_folder/continue": ({ cursor }) => list(...resumed(cursor!)),
    search_v2: ({ query }) => {
      const found = [...entries.keys()].filter((one) => one.includes(query!));
      return matches(found, 0);
    },
    "search/continue_v2": ({ cursor }) => matches(...resumed(cursor!)),
    get_metadata: ({ path }) =>
      entries.has(path!) ? told(metadataOf(path!, entries.get(path!))) : refusal("path/not_found"),
  };
}

function changing(entries: Entries): Operations {
  const relocate = ({ from_path, to_path }: Arguments, removes: boolean) => {
    if (!entries.has(from_path!)) return refusal("from_lookup/not_found");
    if (entries.has(to_path!)) return refusal("to/conflict/file");
    entries.set(to_path!, entries.get(from_path!));
    if (removes) entries.delete(from_path!);
    return told({ metadata: metadataOf(to_path!, entries.get(to_path!)) });
  };
  return {
    create_folder_v2({ path }) {
      if (entries.has(path!)) return refusal("path/conflict/folder");
      entries.set(path!, undefined);
      return told({ metadata: untagged(path!, undefined) });
    },
    delete_v2({ path }) {
      if (!entries.has(path!)) return refusal("path_lookup/not_found");
      const metadata = metadataOf(path!, entries.get(path!));
      entries.delete(path!);
      return told({ metadata });
    },
    copy_v2: (args) => relocate(args, false),
    move_v2: (args) => relocate(args, true),
  };
}

function contents(entries: Entries, damage: (content: string) => string): Operations {
  const sessions: string[] = [];
  const write = ({ path, mode, autorename }: Record<"path" | "mode" | "autorename", string>, content: string) => {
    const isTaken = entries.has(path) && entries.get(path) !== content && mode === "add";
    if (isTaken && !autorename) return refusal("path/conflict/file");
    const own = isTaken ? path.replace(/(\.\w+)?$/, " (1)$1") : path;
    entries.set(own, content);
    return told(untagged(own, content));
  };
  return {
    download({ path }) {
      const content = entries.get(path!);
      if (content === undefined) return refusal("path/not_found");
      const metadata = JSON.stringify(untagged(path!, content)).replaceAll(/[\u007F-\uFFFF]/g, "\\u00e4");
      const headers = { "content-type": "application/octet-stream", "dropbox-api-result": metadata };
      return { headers, body: damage(content) };
    },
    upload: (args, body) => write(args as never, body),
    "upload_session/start"(_args, body) {
      sessions.push(body);
      return told({ session_id: `s${sessions.length}` });
    },
    "upload_session/append_v2"({ cursor }, body) {
      const { offset } = cursor! as { offset: number };
      if (offset !== sessions.at(-1)?.length) return refusal("incorrect_offset");
      sessions.push((sessions.pop() ?? "") + body);
      return { body: "null" };
    },
    "upload_session/finish"({ cursor, commit }, body) {
      const { offset } = cursor! as { offset: number };
      const begun = sessions.pop() ?? "";
      return offset === begun.length ? write(commit as never, begun + body) : refusal("incorrect_offset");
    },
  };
}
