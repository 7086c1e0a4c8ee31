import { z } from "zod";
import { routes } from "../route.ts";
import { fileAttributes, keyValue, keyValueEntry, pageOf } from "../schemas/answers.ts";
import { filteredPageQuery } from "../schemas/query.ts";

const namespace = z.object({ id: z.string(), deleted: z.boolean() });
const view = { resource: "NAMESPACE_FILE", action: "VIEW" } as const;
const path = z.object({ path: z.string().min(1).max(4096) });
const optionalPath = z.object({ path: z.string().max(4096).default("/") });

export const namespaceRoutes = routes({
  searchNamespaces: {
    method: "GET",
    path: "/namespaces/search",
    permission: { resource: "NAMESPACE", action: "LIST" },
    summary: "Search namespaces: those that hold flows, with their parents unless `existing` is true",
    query: filteredPageQuery,
    filteredBy: "namespace",
    get answer() {
      return pageOf(namespace);
    },
  },
  autocompleteNamespaces: {
    method: "POST",
    path: "/namespaces/autocomplete",
    permission: { resource: "NAMESPACE", action: "LIST" },
    summary: "List the ids of namespaces for a picker",
    body: {
      kind: "json",
      get schema() {
        return z.object({
          q: z.string().optional(),
          ids: z.array(z.string()).max(10_000).optional(),
          existingOnly: z.boolean().optional(),
        });
      },
    },
    get answer() {
      return z.array(z.string());
    },
  },
  getNamespace: {
    method: "GET",
    path: "/namespaces/{namespace}",
    operation: "namespace",
    permission: { resource: "NAMESPACE", action: "VIEW" },
    summary: "Get a namespace; every valid name exists",
    answer: namespace,
  },
});

export const fileRoutes = routes({
  readFile: {
    method: "GET",
    path: "/namespaces/{namespace}/files",
    operation: "fileContent",
    permission: view,
    summary: "Read a namespace file",
    query: path,
    get answer() {
      return z.string();
    },
    answerType: "application/octet-stream",
  },
  writeFile: {
    method: "POST",
    path: "/namespaces/{namespace}/files",
    operation: "createNamespaceFile",
    permission: { resource: "NAMESPACE_FILE", action: "CREATE" },
    summary:
      "Write a namespace file from the part `fileContent`; a zip archive is unpacked, its `_flows` are stored as flows",
    query: path,
    body: { kind: "multipart", file: "fileContent" },
  },
  moveFile: {
    method: "PUT",
    path: "/namespaces/{namespace}/files",
    operation: "moveFileDirectory",
    permission: { resource: "NAMESPACE_FILE", action: "UPDATE" },
    summary: "Move a namespace file or folder",
    get query() {
      return z.object({ from: z.string().min(1).max(4096), to: z.string().min(1).max(4096) });
    },
  },
  deleteFile: {
    method: "DELETE",
    path: "/namespaces/{namespace}/files",
    operation: "deleteFileDirectory",
    permission: { resource: "NAMESPACE_FILE", action: "DELETE" },
    summary: "Delete a namespace file, or a folder with all in it",
    query: path,
  },
  fileStats: {
    method: "GET",
    path: "/namespaces/{namespace}/files/stats",
    operation: "fileMetadatas",
    permission: view,
    summary: "Get the attributes of a file or folder",
    query: optionalPath,
    answer: fileAttributes,
  },
  listFolder: {
    method: "GET",
    path: "/namespaces/{namespace}/files/directory",
    operation: "listNamespaceDirectoryFiles",
    permission: view,
    summary: "List a folder",
    query: optionalPath,
    get answer() {
      return z.array(fileAttributes);
    },
  },
  createFolder: {
    method: "POST",
    path: "/namespaces/{namespace}/files/directory",
    operation: "createNamespaceDirectory",
    permission: { resource: "NAMESPACE_FILE", action: "CREATE" },
    summary: "Create a folder",
    query: path,
  },
  searchFiles: {
    method: "GET",
    path: "/namespaces/{namespace}/files/search",
    operation: "searchNamespaceFiles",
    permission: view,
    summary: "Find the paths of files that contain a text",
    get query() {
      return z.object({ q: z.string().default("") });
    },
    get answer() {
      return z.array(z.string());
    },
  },
  exportFiles: {
    method: "GET",
    path: "/namespaces/{namespace}/files/export",
    operation: "exportNamespaceFiles",
    permission: view,
    summary: "Download the files of a namespace, and its flows under `_flows`, as a zip archive",
    get answer() {
      return z.string();
    },
    answerType: "application/octet-stream",
  },
});

export const keyValueRoutes = routes({
  listTenantKeyValues: {
    method: "GET",
    path: "/kv",
    operation: "listAllKeys",
    permission: { resource: "KVSTORE", action: "LIST" },
    summary: "Search the key-values of all namespaces",
    query: filteredPageQuery,
    filteredBy: "keyValue",
    get answer() {
      return pageOf(keyValueEntry);
    },
  },
  listKeyValues: {
    method: "GET",
    path: "/namespaces/{namespace}/kv",
    operation: "listKeys",
    permission: { resource: "KVSTORE", action: "LIST" },
    summary: "List the keys of a namespace",
    get answer() {
      return z.array(keyValueEntry);
    },
  },
  listInheritedKeyValues: {
    method: "GET",
    path: "/namespaces/{namespace}/kv/inheritance",
    operation: "listKeysWithInheritence",
    permission: { resource: "KVSTORE", action: "LIST" },
    summary: "List the keys that flows of a namespace find in the namespaces above it",
    get answer() {
      return z.array(keyValueEntry);
    },
  },
  deleteKeyValues: {
    method: "DELETE",
    path: "/namespaces/{namespace}/kv",
    permission: { resource: "KVSTORE", action: "DELETE" },
    summary: "Delete many keys; answers those that were there",
    body: {
      kind: "json",
      get schema() {
        return z.object({ keys: z.array(z.string()).max(10_000) });
      },
    },
    get answer() {
      return z.object({ keys: z.array(z.string()) });
    },
  },
  getKeyValue: {
    method: "GET",
    path: "/namespaces/{namespace}/kv/{key}",
    operation: "keyValue",
    permission: { resource: "KVSTORE", action: "VIEW" },
    summary: "Get a value with its type",
    answer: keyValue,
  },
  putKeyValue: {
    method: "PUT",
    path: "/namespaces/{namespace}/kv/{key}",
    operation: "setKeyValue",
    permission: { resource: "KVSTORE", action: "UPDATE" },
    summary: "Set a value; headers `ttl` (ISO-8601 duration) and `description`",
    once: true,
    body: { kind: "text", mediaType: "text/plain" },
  },
  deleteKeyValue: {
    method: "DELETE",
    path: "/namespaces/{namespace}/kv/{key}",
    permission: { resource: "KVSTORE", action: "DELETE" },
    summary: "Delete a key; answers whether it was there",
    get answer() {
      return z.boolean();
    },
  },
});
