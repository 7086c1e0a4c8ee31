import { instantText } from "@capstan/model";
import type { flowArchiveRoutes } from "@capstan/api";
import type { FlowRow } from "@capstan/store";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { writeCsv } from "../archive/csv.ts";
import { isZip, readZip } from "../archive/read-zip.ts";
import { writeZip, type ZipEntry } from "../archive/write-zip.ts";
import { once } from "../idempotency/once.ts";
import type { Handlers } from "../mount.ts";
import { asRefusal, Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { splitDocuments } from "../requests/documents.ts";
import { flowRules } from "../requests/filters.ts";
import { readFormFile } from "../requests/form.ts";
import { eachRow } from "../requests/page.ts";
import type { ApiService, Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { flowNotFound } from "./flow-lookup.ts";

export function flowArchiveHandlers(service: ApiService): Handlers<typeof flowArchiveRoutes> {
  const { flows, store } = service.runtime;
  const matching = async (tenant: string, query: object) => {
    const filter = await readFilter(service, query, { tenant }, flowRules);
    return eachRow(store.flows, filter);
  };
  return {
    exportFlowsByIds: async ({ tenant, body, reply }) => {
      const rows: FlowRow[] = [];
      for (const { namespace, id } of body) {
        const row = await flows.get({ tenant, namespace, id });
        if (row === undefined) throw flowNotFound({ namespace, id });
        rows.push(row);
      }
      reply.header("content-disposition", attachment("flows.zip"));
      return writeZip(rows.map(entryOf));
    },
    exportFlowsByQuery: async ({ tenant, query, reply }) => {
      const rows = await matching(tenant, query);
      reply.header("content-disposition", attachment("flows.zip"));
      return writeZip(entriesOf(rows));
    },
    exportFlowsAsTable: async ({ tenant, query, reply }) => {
      const rows = await matching(tenant, query);
      reply.header("content-disposition", attachment("flows.csv"));
      return writeCsv(COLUMNS, rows);
    },
    importFlows: once(service, async ({ tenant, query: { failOnError }, request }, key) => {
      let sources: readonly string[] = [];
      const read = async (content: Readable) => {
        sources = await readFlowSources(service, await readWhole(content, service.limits.archiveBytesMax));
      };
      await readFormFile(request, "fileUpload", read, key?.fingerprint);
      return importAll(service, tenant, sources, failOnError);
    }),
  };
}

/** Everything of a stream. Throws 413 beyond the limit, so that an upload can't fill the memory. */
export async function readWhole(content: Readable, bytesMax: number): Promise<Buffer> {
  let bytes = 0;
  return buffer(
    content.map((chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) return chunk;
      throw new Refusal("archive-too-large", `What is imported at once may have ${bytesMax} bytes`);
    }),
  );
}

/** The flows in a YAML file of one or many documents, or in the YAML files of an archive. */
async function readFlowSources({ limits }: Service, bytes: Buffer): Promise<readonly string[]> {
  if (!isZip(bytes)) return splitDocuments(bytes.toString("utf8"));
  const sources: string[] = [];
  for (const file of readZip(bytes, limits))
    if (/\.ya?ml$/i.test(file.name)) sources.push(...splitDocuments((await file.content()).toString("utf8")));
  return sources;
}

/** Stores flows; answers the names of those that were refused. Throws 422 instead, before any is stored, for `failOnError`. */
async function importAll(
  { runtime: { flows } }: Service,
  tenant: string,
  sources: readonly string[],
  failOnError: boolean,
): Promise<readonly string[]> {
  const refused: string[] = [];
  const problems: string[] = [];
  const accepted: string[] = [];
  for (const [index, source] of sources.entries()) {
    const { flow, diagnostics } = flows.check(source);
    if (flow !== undefined) accepted.push(source);
    else {
      const name = /^id:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1] ?? `document ${index + 1}`;
      refused.push(name);
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      problems.push(...errors.map(({ path, message }) => `${name}: ${path === "" ? "" : `${path}: `}${message}`));
    }
  }
  if (failOnError && refused.length > 0) throw new Refusal("flow-invalid", "Nothing was stored", problems);
  for (const source of accepted) await saveOrList(flows, tenant, source, failOnError ? undefined : refused);
  return refused;
}

async function saveOrList(
  flows: Service["runtime"]["flows"],
  tenant: string,
  source: string,
  refused: string[] | undefined,
): Promise<void> {
  try {
    await flows.save(tenant, source, { mode: "apply" });
  } catch (error) {
    const status = asRefusal(error)?.status ?? 500;
    if (refused === undefined || status >= 500) throw error;
    refused.push(flows.check(source).flow?.id ?? "");
  }
}

async function* entriesOf(rows: AsyncIterable<FlowRow>): AsyncGenerator<ZipEntry> {
  for await (const row of rows) yield entryOf(row);
}

/** A flow as a file of an archive. */
export function entryOf({ namespace, id, source, updatedAt }: FlowRow): ZipEntry {
  return { name: `${namespace}.${id}.yml`, modifiedAt: updatedAt, content: async () => source };
}

const COLUMNS: Readonly<Record<string, (row: FlowRow) => string | number | boolean | undefined>> = {
  namespace: ({ namespace }) => namespace,
  id: ({ id }) => id,
  revision: ({ revision }) => revision,
  description: ({ description }) => description,
  disabled: ({ disabled }) => disabled,
  labels: ({ labels }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}:${value}`)
      .join(" "),
  updated: ({ updatedAt }) => instantText(updatedAt),
};
