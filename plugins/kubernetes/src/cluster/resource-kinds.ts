import { TaskFailure } from "@capstan/sdk";
import type { Cluster } from "./cluster.ts";
import { isRefusal, NOT_FOUND } from "./cluster-failure.ts";

/** A kind of resources, as a cluster serves it. */
export interface ResourceKind {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** In the paths of the API: `deployments`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
}

interface Served {
  readonly name: string;
  readonly singularName?: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
}

interface Version {
  readonly apiVersion: string;
  readonly resources: readonly Served[];
}

/** How people may ask for a kind. */
export interface KindQuery {
  /** `pods`, `pod`, `po` or `Pod`; `deployments.apps` with its group. */
  readonly resourceType: string;
  readonly apiGroup?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/** Who waits for the same answer has no say in it. */
const NEVER = new AbortController().signal;

const versions = new WeakMap<Cluster, Map<string, Promise<Version>>>();

/** Finds a kind by one of its names. Groups are asked in the order that the cluster prefers. Throws `TaskFailure` when there is none. */
export async function findKind(cluster: Cluster, query: KindQuery, signal: AbortSignal): Promise<ResourceKind> {
  const [name = "", ...rest] = query.resourceType.trim().split(".");
  const group = query.apiGroup ?? (rest.length > 0 ? rest.join(".") : undefined);
  for (const apiVersion of await versionsToAsk(cluster, group, query.apiVersion, signal)) {
    const { resources } = await versionOf(cluster, apiVersion);
    const found = resources.find((served) => isNamed(served, name));
    if (found !== undefined) return kindOf(apiVersion, found);
  }
  const where = [group, query.apiVersion].filter(Boolean).join("/");
  throw new TaskFailure(
    `the cluster knows no resources "${query.resourceType}"${where === "" ? "" : ` in ${where}`}: ` +
      "write a name that `kubectl api-resources` shows, with `apiGroup` and `apiVersion` where several groups have it",
  );
}

/** The kind of a manifest. Throws `TaskFailure` when the cluster does not serve it. */
export async function kindOfManifest(
  cluster: Cluster,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Promise<ResourceKind> {
  const unknown = `the cluster knows no kind ${kind} in ${apiVersion}: check both, or install what defines it first`;
  const asked = await versionOf(cluster, apiVersion).catch((error: unknown) => {
    throw isRefusal(error, NOT_FOUND) ? new TaskFailure(unknown) : error;
  });
  let found = asked.resources.find((served) => served.kind === kind);
  if (found === undefined) {
    // A definition may have been added since.
    versions.get(cluster)?.delete(apiVersion);
    found = (await versionOf(cluster, apiVersion)).resources.find((served) => served.kind === kind);
  }
  if (found === undefined) throw new TaskFailure(unknown);
  return kindOf(apiVersion, found);
}

/** The path of all resources of a kind, or of one. */
export function pathOf(kind: ResourceKind, namespace: string | undefined, name?: string): string {
  const root = kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const place = kind.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${place}/${kind.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

function kindOf(apiVersion: string, { name, kind, namespaced }: Served): ResourceKind {
  return { apiVersion, kind, plural: name, isNamespaced: namespaced };
}

function isNamed({ name, singularName, kind, shortNames = [] }: Served, asked: string): boolean {
  const names = [name, singularName, kind.toLowerCase(), ...shortNames];
  return names.includes(asked.toLowerCase());
}

async function versionsToAsk(
  cluster: Cluster,
  group: string | undefined,
  version: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (version?.includes("/")) return [version];
  if (group === undefined && version === "v1") return ["v1"];
  if (group !== undefined && group !== "" && version !== undefined) return [`${group}/${version}`];
  const { groups } = await cluster.ask<{
    groups: { name: string; preferredVersion: { version: string; groupVersion: string } }[];
  }>({
    path: "/apis",
    signal,
  });
  const named = groups
    .filter(({ name }) => group === undefined || name === group)
    .map(({ name, preferredVersion }) =>
      version === undefined ? preferredVersion.groupVersion : `${name}/${version}`,
    );
  return group === undefined || group === "" ? ["v1", ...named] : named;
}

function versionOf(cluster: Cluster, apiVersion: string): Promise<Version> {
  const known = versions.get(cluster) ?? new Map<string, Promise<Version>>();
  versions.set(cluster, known);
  const there = known.get(apiVersion);
  if (there !== undefined) return there;
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const asked = cluster.ask<{ resources: readonly Served[] }>({ path, signal: NEVER }).then(
    // Parts of resources, such as `pods/log`, are not resources.
    ({ resources }) => ({ apiVersion, resources: resources.filter(({ name }) => !name.includes("/")) }),
    (error: unknown) => {
      known.delete(apiVersion);
      throw error;
    },
  );
  known.set(apiVersion, asked);
  return asked;
}
