import type { Route } from "@capstan/api";

export interface KestraRoute {
  readonly area: string;
  readonly method: string;
  /** Below `/api/v1` and `/api/v1/{tenant}`. */
  readonly path: string;
}

/** Why routes are not there (yet), by how their paths begin; the first that fits counts. */
const REASONS: readonly (readonly [beginning: string, reason: string])[] = [
  [
    "PUT /concurrency-limit",
    "slots are counted from the executions themselves, so that there is no counter to correct",
  ],
  ["/flows/expressions", "only of 2.0; completion for an editor comes with the user interface"],
  ["/flows/policies", "only of 2.0; policies come with roles"],
  ["DELETE /flows/{}/{}/revisions", "executions refer to revisions, and one may start with any of them at any moment"],
  ["/executions/{}/resume-from-breakpoint", "breakpoints are not part of the engine yet"],
  ["/executions/{}/actions/resume-from-breakpoint", "breakpoints are not part of the engine yet"],
  ["/expressions/render", "only of 2.0; expressions are rendered for an execution: see its eval"],
  ["/namespaces/{}/files/revisions", "files of namespaces have no revisions yet"],
  ["/namespaces/{}/secrets", "secrets come with the settings of the server; writing them comes with secret managers"],
  [
    "/namespaces",
    "of the paid edition: a namespace exists with what it holds; its properties come with tenants and roles",
  ],
  ["/instance/versioned-plugins", "of the paid edition; plugins are packages of the installation"],
  ["/plugins/pluginUiManifest", "comes with the user interface"],
  ["/plugins/{}/pluginUi", "comes with the user interface"],
  ["/dashboards", "dashboards come with the user interface"],
  ["/blueprints", "blueprints come with the user interface"],
  ["/templates", "removed in Kestra 2.0 and off by default before; subflows replace them"],
  ["/basicAuth", "the credential is a setting of the server: nobody can set the first one from outside"],
  ["/main/basicAuth", "the credential is a setting of the server: nobody can set the first one from outside"],
  ["/setup", "of the paid edition; the credential is a setting of the server"],
  ["/license", "of the paid edition; there is nothing to license"],
  ["/acls", "of the paid edition; comes with roles"],
  ["/me", "comes with users"],
  ["/users", "comes with users"],
  ["/stats/generate-reports", "of the paid edition; the statistics are there as JSON"],
  ["/stats", "Kestra has it with Elasticsearch only; task runs are counted with their executions"],
  ["/support", "of the paid edition; there is no such service"],
  ["/worker-selectors", "of the paid edition; comes with worker groups"],
  ["/main-tenant-flows", "of the paid edition; there is one tenant"],
];

/** Areas of the paid edition that are not compared route by route. */
const LATER = [
  "users, groups, roles, bindings, service accounts, invitations, SCIM",
  "tenants, worker groups, services and maintenance of a cluster, kill switches, quotas, banners",
  "audit logs, apps, unit tests, assets, credentials, policies",
  "generation by language models, MCP servers",
];

/** The routes of a list with a heading for each area. */
export function readRoutes(list: string): readonly KestraRoute[] {
  const routes: KestraRoute[] = [];
  let area = "";
  for (const line of list.split("\n")) {
    if (line.startsWith("# ")) area = line.slice(2);
    const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(line) ?? [];
    if (method !== undefined && path !== undefined) routes.push({ area, method, path });
  }
  return routes;
}

/** The page that compares the routes of the API with a list of those that Kestra has had. */
export function describeCoverage(ours: readonly Route[], theirs: readonly KestraRoute[]): string {
  const served = new Set<string>();
  for (const { method, path, aliases = [] } of ours)
    for (const one of [path, ...aliases]) served.add(keyOf(method, one));
  const isServed = ({ method, path }: KestraRoute) =>
    served.has(keyOf(method, path)) || served.has(keyOf(method, rest(path)));
  const areas = [...new Set(theirs.map(({ area }) => area))].map((area) => {
    const routes = theirs.filter((route) => route.area === area);
    return { area, total: routes.length, there: routes.filter(isServed).length };
  });
  const missing = theirs.filter((route) => !isServed(route));
  return [
    "# What of Kestra's API is there",
    "<!-- written by tools/src/check-generated.ts from the routes of packages/api and tools/src/kestra-routes.txt -->",
    "Every route of Kestra's open edition, from 0.20 to 2.0, with those of the paid one in the same areas. Each route answers" +
      " under `/api/v1/…` and under `/api/v1/main/…`; executions take verbs with and without `/actions/`.",
    table(
      ["area", "there", "of"],
      areas.map(({ area, there, total }) => [area, String(there), String(total)]),
    ),
    "## What is not there, and why",
    table(
      ["route", "why"],
      missing.map((route) => [`\`${route.method} ${route.path}\``, reasonOf(route)]),
    ),
    "## What may be sent again with a key",
    "With the header `Idempotency-Key` these are done once, however often they are sent: see" +
      " [Send a request again](../guides/how-to/send-again.md). Everywhere else the header says nothing.",
    [...ours]
      .filter(({ once }) => once === true)
      .map(({ method, path }) => `- \`${method} ${path}\``)
      .join("\n"),
    "## What comes later as a whole",
    LATER.map((line) => `- ${line}`).join("\n"),
    "## What is different on purpose",
    DIFFERENCES.map((line) => `- ${line}`).join("\n"),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

const DIFFERENCES = [
  "An execution that is not there is answered 404 at once: a start is acknowledged when it is durable, so there is none to wait for.",
  "Bulk changes are done when they are answered, with 200 and `count`, `totalItems` and `operationId`.",
  "A change by query without a filter that is understood is refused, and `flows/bulk` deletes only within the namespaces it is given.",
  "`draft=true` is refused when a flow is stored, and so are `breakpoints` when one is run: to run on regardless would be worse.",
  "A restart of what has nothing to restart is refused with 422 after WARNING as well; what failed beside its tasks, as in its outputs, is tried again.",
  "An execution that was killed can be restarted, and its status changed: its tasks that were killed run again. Kestra 1.3 refuses it, which its users ask to change.",
  "An action that the state of an execution does not allow is refused with 409, as Kestra documents it; its server answers some with 422.",
  "A replay and a change of state that name a task run which is not there are answered 404.",
  "Flows show their labels as a list, whichever way they were written.",
  "Counts (`stats`, `metrics/aggregates`, `usages`) are made from the rows when they are asked for.",
  "Secrets are the same for every namespace, and only their names are answered.",
  "`DELETE` of a trigger whose flow still has it lets it begin anew; one that is locked is refused.",
  "`HEAD` of a webhook is refused, because it would start the flow.",
];

function reasonOf({ method, path }: KestraRoute): string {
  const plain = anonymous(path);
  const found = REASONS.find(
    ([beginning]) => `${method} ${plain}`.startsWith(beginning) || plain.startsWith(beginning),
  );
  if (found === undefined) throw new Error(`${method} ${path} is neither served nor explained in api-coverage.ts`);
  return found[1];
}

function keyOf(method: string, path: string): string {
  return `${method} ${anonymous(path)}`;
}

function anonymous(path: string): string {
  return path.replaceAll(/\{\w+\}/g, "{}");
}

/** Webhooks take anything behind their key. */
function rest(path: string): string {
  return path.replace(/\{path\}$/, "*");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, index) => Math.max(...[head, ...rows].map((row) => row[index]!.length), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
