import type { z } from "zod";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type Resource =
  | "FLOW"
  | "EXECUTION"
  | "TRIGGER"
  | "NAMESPACE"
  | "NAMESPACE_FILE"
  | "KVSTORE"
  | "SECRET"
  | "PLUGIN"
  | "INSTANCE";
export type Action =
  | "VIEW"
  | "LIST"
  | "CREATE"
  | "UPDATE"
  | "DELETE"
  | "EXECUTE"
  | "RESTART"
  | "REPLAY"
  | "KILL"
  | "PAUSE"
  | "RESUME"
  | "UNQUEUE"
  | "FORCE_RUN"
  | "CHANGE_LABELS"
  | "UNLOCK"
  | "BACKFILL";

/**
 * What a caller must be allowed to do; `public` when anybody may call; `login` when anybody may but pages of other
 * origins, which must not make a browser somebody else.
 */
export type Permission = { readonly resource: Resource; readonly action: Action } | "public" | "login";

/** How the body is read; by the route, never by the content type alone, because old clients send none or a wrong one. */
export type Body =
  | { readonly kind: "json"; readonly schema: z.ZodType }
  | {
      readonly kind: "text";
      readonly mediaType: "application/x-yaml" | "text/plain";
      /** Texts may come as the files of a form as well; the handler reads them. */
      readonly orForm?: true;
    }
  /** A form: of inputs, or with one file as the part of this name. */
  | { readonly kind: "multipart"; readonly file?: string };

/** Which filters a list, or a change by query, takes. */
export type FilteredBy = "execution" | "flow" | "log" | "trigger" | "keyValue" | "secret" | "namespace" | "name";

/** One route as data. The server registers it, the OpenAPI document describes it. */
export interface Route {
  readonly method: Method;
  /** Below `/api/v1` and `/api/v1/{tenant}`; parameters in braces. */
  readonly path: string;
  /** Other paths with the same meaning that older or newer clients call; only named in the description. */
  readonly aliases?: readonly string[];
  readonly permission: Permission;
  readonly summary: string;
  /** The name of the operation in the OpenAPI document, where generated clients know it by another one than the group's. */
  readonly operation?: string;
  /** `instance` routes are documented without a tenant. Default `tenant`. */
  readonly scope?: "tenant" | "instance";
  readonly query?: z.ZodType;
  /** The filters that the query may have beside what its schema names. */
  readonly filteredBy?: FilteredBy;
  readonly body?: Body;
  /** Absent when the answer has no body. */
  readonly answer?: z.ZodType;
  /** Default `application/json`. */
  readonly answerType?: string;
  /** Default 200. */
  readonly status?: number;
  /** A request that is sent again with the same header `Idempotency-Key` is answered, and done once. */
  readonly once?: true;
}

export type RouteGroup = Readonly<Record<string, Route>>;

/** Keeps the literal types of a group, so that handlers are checked against it. */
export function routes<const Group extends RouteGroup>(group: Group): Group {
  return group;
}

/** The largest length of one path parameter, in characters. */
export const PATH_PARAMETER_LENGTH_MAX = 512;

/** The names of the parameters in a path, as a type. */
export type PathParameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string } & PathParameters<Rest>
  : unknown;
