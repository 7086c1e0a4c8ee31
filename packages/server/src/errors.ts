import { REQUEST_ERRORS, type RequestErrorCode } from "@capstan/runtime";

/**
 * Permanent codes of what the server itself refuses: `title` names the kind of refusal, `status` is that of the answer, `hint`
 * says what to do about it.
 */
export const SERVER_ERRORS = {
  internal: {
    title: "The server failed",
    status: 500,
    hint: "Look for the id of the request in the server's log: it tells why. Report it with what was sent.",
  },
  "authentication-required": {
    title: "The server may not open its API to a network without a credential",
    status: 500,
    hint: "The server does not start: set a password or tokens, or listen on 127.0.0.1.",
  },
  unauthenticated: {
    title: "The credential is missing or wrong",
    status: 401,
    hint: "Send the username and the password, or a token of `server.apiTokens`.",
  },
  "too-many-wrong-credentials": {
    title: "This address has shown too many wrong credentials",
    status: 429,
    hint: "Wait as long as `retry-after` says.",
  },
  "cross-origin": {
    title: "A page of another origin called the API",
    status: 403,
    hint: "Allow its origin with the setting `server.allowedOrigins`.",
  },
  "host-unknown": {
    title: "A server without authentication was called by a name that is not its own",
    status: 403,
    hint: "Call it by its address, or set `server.basicAuth` to use other names.",
  },
  "leader-absent": {
    title: "No server takes work at the moment",
    status: 503,
    hint: "Ask again, as `retry-after` says. Another server takes over within the time of `cluster.lease`, as soon as the database answers.",
  },
  "leader-lost": {
    title: "The server that took the request went away before it answered",
    status: 503,
    hint: "Look whether it was done before you ask again; with an `Idempotency-Key` it may be sent again as it was.",
  },
  "role-missing": {
    title: "A server without the role webserver was called by a client",
    status: 421,
    hint: "Call a server with the role webserver: capstan member list shows the roles of each.",
  },
  "worker-unauthenticated": {
    title: "The token of a worker is missing or wrong",
    status: 401,
    hint: "Start the worker with a token of `workers.tokens` of the server.",
  },
  "worker-group-forbidden": {
    title: "The token of a worker is not for the group that it names",
    status: 403,
    hint: "Add the group to the token in `workers.tokens`, or start the worker with another token or another group.",
  },
  "worker-tenant-forbidden": {
    title: "A worker asked for files of a tenant that it has no job of",
    status: 403,
    hint: "Tasks reach the files of their own tenant.",
  },
  "worker-unknown": {
    title: "The server does not know the worker",
    status: 409,
    hint: "Workers introduce themselves again by themselves, after each start of the server.",
  },
  "tenant-not-found": { title: "There is no such tenant", status: 404, hint: "Use the tenant `main`." },
  "route-not-found": {
    title: "There is no such route",
    status: 404,
    hint: "Compare the path with [the list of routes](api-coverage.md).",
  },
  "method-not-allowed": { title: "The route has no such method", status: 405, hint: "Use one that `allow` names." },
  "request-invalid": {
    title: "The request can't be read",
    status: 400,
    hint: "Send well-formed HTTP; some proxies change requests.",
  },
  "request-timeout": {
    title: "The head of the request took too long",
    status: 408,
    hint: "Send it again, over a faster connection.",
  },
  "headers-too-large": {
    title: "The head of the request is too large",
    status: 431,
    hint: "Send fewer or shorter headers, or raise `server.limits.headerBytesMax`.",
  },
  "body-too-large": {
    title: "The body, or a file in it, is too large",
    status: 413,
    hint: "Send less, or raise the limit: `server.limits`.",
  },
  "too-many-parts": {
    title: "The form has too many parts",
    status: 413,
    hint: "Send fewer, or raise `server.limits.partsMax`.",
  },
  "archive-too-large": {
    title: "The archive, or what is imported at once, is too large",
    status: 413,
    hint: "Import it in several archives.",
  },
  "archive-invalid": { title: "The zip archive can't be read", status: 422, hint: "Make it anew, without encryption." },
  "content-encoding-unknown": {
    title: "The body is compressed",
    status: 415,
    hint: "Send it as it is, without `content-encoding`.",
  },
  "form-unexpected": {
    title: "The route takes no form",
    status: 415,
    hint: "Send the body as it is; with curl `--data-binary` instead of `--form`.",
  },
  "multipart-required": {
    title: "The route takes a form",
    status: 422,
    hint: "Send `multipart/form-data`, with curl `--form`.",
  },
  "multipart-invalid": {
    title: "The form can't be read",
    status: 422,
    hint: "Send it whole, and let the HTTP library write its boundaries.",
  },
  "part-repeated": { title: "A part of the form is there twice", status: 422, hint: "Send it once." },
  "input-repeated": { title: "An input is there twice", status: 422, hint: "Send a list as one part of JSON." },
  "file-empty": { title: "The file of an input is empty", status: 422, hint: "Send a file that holds something." },
  "json-invalid": { title: "The body is no JSON", status: 422, hint: "Repair it at the place that is named." },
  "body-invalid": {
    title: "The body is not as the route takes it",
    status: 422,
    hint: "Repair every value that is named; the API describes itself at `/api/v1/openapi.json`.",
  },
  "query-invalid": {
    title: "The query of the address is not as the route takes it",
    status: 400,
    hint: "Repair every parameter that is named.",
  },
  "query-out-of-range": {
    title: "A number in the query of the address is too small or too large",
    status: 422,
    hint: "Stay within the bounds that are named.",
  },
  "filter-unknown": {
    title: "There is no such filter, field or operator",
    status: 400,
    hint: "Use one of those that are named: [filters](filters.md).",
  },
  "filter-value": {
    title: "A filter's value can't be read",
    status: 400,
    hint: "Write it as the message says: [filters](filters.md).",
  },
  "filter-conflict": { title: "Two filters exclude each other", status: 422, hint: "Leave one of them out." },
  "filter-missing": {
    title: "A change by query names no filter",
    status: 400,
    hint: "Name at least one: a change of everything is never meant.",
  },
  "sort-invalid": {
    title: "The list can't be sorted by this",
    status: 422,
    hint: "Write `<key>:asc` or `<key>:desc` with a key that is named.",
  },
  "field-unknown": { title: "There is no such field", status: 400, hint: "Use one of those that are named." },
  "cursor-unknown": {
    title: "No cursor was given out",
    status: 400,
    hint: "Ask for pages with `page` and `size`.",
  },
  "range-invalid": { title: "The range of time ends before it begins", status: 422, hint: "Swap its dates." },
  "too-many-matches": {
    title: "More matches than one call takes",
    status: 400,
    hint: "Narrow the filters, and call several times.",
  },
  "statistics-too-fine": {
    title: "The statistics would have too many entries",
    status: 422,
    hint: "Narrow the range of time or the namespace.",
  },
  "bulk-refused": {
    title: "A change of many was refused, and nothing was changed",
    status: 400,
    hint: "Leave out those that are named, each with its reason.",
  },
  "label-invalid": { title: "A label can't be read", status: 422, hint: "Write it as `key:value`." },
  "labels-not-settable": {
    title: "Labels of an execution that has not ended can't be set",
    status: 400,
    hint: "Wait for its end, or kill it first.",
  },
  "state-not-final": {
    title: "The state is not a final one",
    status: 422,
    hint: "Choose a final state such as SUCCESS, WARNING, FAILED or KILLED.",
  },
  "path-foreign": {
    title: "The file is not one of this execution",
    status: 422,
    hint: "Use a URI that this execution put out or got as an input.",
  },
  "path-reserved": {
    title: "The path is reserved",
    status: 422,
    hint: "Choose one that does not begin with `_flows`.",
  },
  "encoding-unknown": {
    title: "There is no such encoding of texts",
    status: 422,
    hint: "Use for example `UTF-8` or `ISO-8859-1`.",
  },
  "task-not-found": {
    title: "The flow has no such task",
    status: 404,
    hint: "Look at the flow's tasks with `capstan flow get`.",
  },
  "task-id-differs": {
    title: "The task has another id than the address",
    status: 422,
    hint: "Send it to the address of its own id.",
  },
  "type-not-found": {
    title: "No plugin provides the type",
    status: 404,
    hint: "Compare it with [the types](tasks/README.md) that are installed.",
  },
  "version-not-found": {
    title: "The plugin is not installed in this version",
    status: 404,
    hint: "Ask for the version that is named, or for none.",
  },
  "schema-not-found": { title: "There is no schema of this", status: 404, hint: "Ask for that of `flow`." },
  "key-not-found": { title: "There is no such key", status: 404, hint: "List the namespace's keys." },
  "key-expired": { title: "The key has expired", status: 410, hint: "Set it anew." },
  "key-invalid": {
    title: "This can't be a key",
    status: 422,
    hint: "Use letters, digits, dots, dashes and underscores, a letter or digit first.",
  },
  "ttl-invalid": {
    title: "The header `ttl` is no duration",
    status: 422,
    hint: "Write it in ISO-8601, such as `PT1H`.",
  },
  "execution-archive-invalid": {
    title: "The archive holds no execution that can be imported",
    status: 422,
    hint: "Export it again; an archive of a later version is read by that version.",
  },
  "execution-exists": {
    title: "There is an execution with this id already",
    status: 409,
    hint: "Delete it first to import another state of it.",
  },
  "idempotency-key-invalid": {
    title: "The header Idempotency-Key holds no key",
    status: 400,
    hint: "Send one key of 1 to 255 printable ASCII characters, such as a UUID.",
  },
  "idempotency-answer-gone": {
    title: "What a request with this Idempotency-Key created was deleted since",
    status: 410,
    hint: "Send a new key to create it again.",
  },
  "backfill-invalid": { title: "The backfill ends before it begins", status: 422, hint: "Swap its dates." },
  "backfill-running": {
    title: "The trigger has a backfill already",
    status: 409,
    hint: "Wait for its end, or delete it first.",
  },
  "backfill-missing": { title: "The trigger has no backfill", status: 409, hint: "Create one first." },
  "trigger-not-locked": {
    title: "No execution locks the trigger",
    status: 409,
    hint: "Nothing needs to be done: the trigger is free.",
  },
} as const satisfies Record<string, { title: string; status: number; hint: string }>;

/** Statuses of the answers with codes of the store and of the storage, which are in the tables there. */
export const MACHINE_STATUSES = {
  "file-not-found": 404,
  "file-exists": 409,
  "file-changed": 409,
  "file-too-large": 413,
  "path-invalid": 422,
  "path-too-long": 422,
  "store-full": 503,
  "store-io": 503,
  "store-locked": 503,
  "store-unreachable": 503,
  "store-refused": 503,
  "store-slow": 503,
  "store-closed": 503,
  "storage-full": 503,
  "storage-io": 503,
  "storage-unreachable": 503,
  "storage-denied": 503,
  "bucket-not-found": 503,
  "storage-refused": 503,
  "storage-closed": 503,
} as const satisfies Readonly<Record<string, number>>;

/** Every code that an answer may have. */
export type RefusalCode = keyof typeof SERVER_ERRORS | keyof typeof MACHINE_STATUSES | RequestErrorCode;

const STATUSES: Readonly<Record<RefusalCode, number>> = {
  ...statusesOf(SERVER_ERRORS),
  ...statusesOf(REQUEST_ERRORS),
  ...MACHINE_STATUSES,
};

export function statusOf(code: RefusalCode): number {
  return STATUSES[code];
}

function statusesOf<Code extends string>(table: Readonly<Record<Code, { readonly status: number }>>) {
  const entries = Object.entries<{ readonly status: number }>(table).map(([code, { status }]) => [code, status]);
  return Object.fromEntries(entries) as Record<Code, number>;
}
