import type { executionRoutes } from "@capstan/api";
import type { Storage } from "@capstan/storage";
import type { FastifyReply } from "fastify";
import { Readable } from "node:stream";
import type { Handlers } from "../mount.ts";
import { Refusal } from "../refusal.ts";
import { executionFolder, namespaceFilePath, storagePath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { existingExecution } from "./execution-lookup.ts";

type Files = Pick<Handlers<typeof executionRoutes>, "downloadExecutionFile" | "executionFileMetas">;

/** Files of an execution: only those below its own folder. */
export function executionFileHandlers(service: Service): Files {
  const { storage } = service.runtime;
  return {
    downloadExecutionFile: async ({ tenant, parameters: { executionId }, query, reply }) => {
      const { path, owner } = await locate(service, tenant, executionId, query.path);
      if (owner !== executionId)
        return reply.redirect(`/api/v1/${tenant}/executions/${owner}/file?path=${encodeURIComponent(query.path)}`, 302);
      return sendFile(storage, { tenant, path }, reply, fileNotFound);
    },
    executionFileMetas: async ({ tenant, parameters: { executionId }, query }) => {
      const { file } = await locateFile(service, tenant, executionId, query.path);
      return { size: file.sizeBytes };
    },
  };
}

/** A file of an execution, or of another one that this one's outputs name. Throws 404, 422. */
export async function locateFile(service: Service, tenant: string, executionId: string, uri: string) {
  const { path } = await locate(service, tenant, executionId, uri);
  const file = await service.runtime.storage.stat(tenant, path);
  if (file?.type !== "file") throw fileNotFound();
  return { path, file };
}

/** A file of the namespace of an execution, or of the one that is named. */
const NAMESPACE_FILE = /^nsfile:\/\/([a-zA-Z0-9][\w.-]*)?(\/.+)$/;

/**
 * The path of a URI and the execution that owns it, or that read it from a namespace. Throws 422 for files that belong to no
 * execution.
 */
async function locate(service: Service, tenant: string, executionId: string, uri: string) {
  const ofNamespace = NAMESPACE_FILE.exec(uri);
  const path = ofNamespace === null ? storagePath(uri) : "";
  const { row } = await existingExecution(service, tenant, executionId);
  if (ofNamespace !== null) {
    const [, namespace = row.namespace, name = ""] = ofNamespace;
    return { path: namespaceFilePath(namespace, name), owner: executionId };
  }
  if (path.startsWith(`${executionFolder(row)}/`)) return { path, owner: executionId };
  const other = /\/executions\/([0-9A-Za-z]{16,})\//.exec(path)?.[1];
  const found = other === undefined ? undefined : await service.runtime.executions.get(tenant, other);
  if (found !== undefined && path.startsWith(`${executionFolder(found.row)}/`)) return { path, owner: found.row.id };
  throw new Refusal("path-foreign", "The path is not one of a file of this execution");
}

/**
 * Answers a file as an attachment, or with where to get it from a storage that hands files out by itself. Who may not see it was refused
 * before. HEAD is answered here: an address is signed for GET alone.
 */
export async function sendFile(
  storage: Storage,
  { tenant, path }: { readonly tenant: string; readonly path: string },
  reply: FastifyReply,
  missing: () => Refusal,
): Promise<Readable | FastifyReply> {
  const file = await storage.stat(tenant, path);
  if (file?.type !== "file") throw missing();
  const disposition = attachment(file.name);
  const isHead = reply.request.method === "HEAD";
  if (storage.downloadUrl !== undefined && !isHead)
    return reply.redirect(await storage.downloadUrl(tenant, path, disposition), 302);
  reply.header("content-length", file.sizeBytes);
  reply.header("content-disposition", disposition);
  return isHead ? Readable.from([]) : storage.read(tenant, path);
}

export function attachment(name: string): string {
  return `attachment; filename="${name.replaceAll(/[^\w. -]/g, "_")}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}

export function fileNotFound(): Refusal {
  return new Refusal("file-not-found", "There is no such file");
}
