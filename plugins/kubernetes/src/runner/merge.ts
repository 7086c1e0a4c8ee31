import { isDeepStrictEqual } from "node:util";

type Map = Readonly<Record<string, unknown>>;

/** What tells the entries of a list apart, as in Kubernetes' strategic merge: by the list's name. */
const KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  imagePullSecrets: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/** Lists without a key whose entries are added. */
const ADDED = new Set(["tolerations", "envFrom"]);

/** A manifest with another one merged into it, as a strategic merge patch does: maps by their keys, lists by the names of their entries. */
export function merged<Base extends object>(base: Base, patch: Map | undefined): Base {
  if (patch === undefined) return base;
  const result: Record<string, unknown> = { ...(base as Map) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergedValue(name, result[name], value);
  }
  return result as Base;
}

function mergedValue(name: string, base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) return mergedList(name, base, patch);
  return isMap(base) && isMap(patch) ? merged(base, patch) : patch;
}

function mergedList(name: string, base: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const key = KEYS[name];
  if (key === undefined) {
    if (!ADDED.has(name)) return patch;
    return [...base, ...patch.filter((entry) => !base.some((one) => isDeepStrictEqual(one, entry)))];
  }
  const result = [...base];
  for (const entry of patch) {
    const index = result.findIndex((one) => isMap(one) && isMap(entry) && one[key] === entry[key]);
    if (index === -1) result.push(entry);
    else result[index] = merged(result[index] as Map, entry as Map);
  }
  return result;
}

function isMap(value: unknown): value is Map {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
