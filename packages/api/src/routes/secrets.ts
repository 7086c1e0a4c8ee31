import { z } from "zod";
import { routes } from "../route.ts";
import { filteredPageQuery } from "../schemas/query.ts";

const list = { resource: "SECRET", action: "LIST" } as const;
const secretPage = z.object({
  readOnly: z.boolean().describe("Whether secrets can't be written here"),
  results: z.array(z.object({ key: z.string(), tags: z.array(z.object({ key: z.string(), value: z.string() })) })),
  total: z.number().int(),
});

/** Names of secrets. Their values are never answered. */
export const secretRoutes = routes({
  listSecrets: {
    method: "GET",
    path: "/secrets",
    permission: list,
    summary: "List the names of the secrets",
    query: filteredPageQuery,
    filteredBy: "secret",
    answer: secretPage,
  },
  listNamespaceSecrets: {
    method: "GET",
    path: "/namespaces/{namespace}/secrets",
    permission: list,
    summary: "List the names of the secrets that flows of a namespace find",
    query: filteredPageQuery,
    filteredBy: "secret",
    answer: secretPage,
  },
  listInheritedSecrets: {
    method: "GET",
    path: "/namespaces/{namespace}/inherited-secrets",
    operation: "inheritedSecrets",
    permission: list,
    summary: "List the names of the secrets that flows of a namespace find, by the namespace that has them",
    get answer() {
      return z.record(z.string(), z.array(z.string()));
    },
  },
});
