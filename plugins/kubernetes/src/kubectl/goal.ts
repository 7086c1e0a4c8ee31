import { TaskFailure } from "@capstan/sdk";
import { conditionsOf, hopelessness, unreadiness } from "./readiness.ts";
import type { Resource } from "./resource.ts";

/** What a resource is waited for. */
export type Goal =
  | { readonly kind: "created" }
  | { readonly kind: "deleted" }
  /** What it still lacks; nothing when it has come so far. Throws `TaskFailure` when that is in vain. */
  | { readonly kind: "state"; readonly missing: (resource: Resource) => string | undefined };

const FORMS =
  "write ready, create, delete, condition=Available, condition=Ready=False, or jsonpath={.status.phase}=Running";

/** Reads a goal, in the words of `kubectl wait --for`, and `ready`. Throws `TaskFailure` when it is none. */
export function parseGoal(written: string): Goal {
  const [, kind = "", rest = ""] = /^(\w+)(?:=(.*))?$/s.exec(written.trim()) ?? [];
  switch (kind.toLowerCase()) {
    case "create":
      return { kind: "created" };
    case "delete":
      return { kind: "deleted" };
    case "ready":
      return { kind: "state", missing: unready };
    case "condition":
      return { kind: "state", missing: conditionGoal(rest) };
    case "jsonpath":
      return { kind: "state", missing: pathGoal(rest) };
    default:
      throw new TaskFailure(`\`for\` is ${JSON.stringify(written)}: ${FORMS}`);
  }
}

function unready(resource: Resource): string | undefined {
  const hopeless = hopelessness(resource);
  if (hopeless !== undefined) throw new TaskFailure(`it will not be ready: ${hopeless}`);
  return unreadiness(resource);
}

function conditionGoal(written: string): (resource: Resource) => string | undefined {
  const [type = "", wanted = "True"] = written.split("=");
  if (type === "") throw new TaskFailure(`\`for\` names no condition: ${FORMS}`);
  return (resource) => {
    const found = conditionsOf(resource).find((one) => one.type.toLowerCase() === type.toLowerCase());
    if (found === undefined) return `it has no condition ${type}`;
    if (found.status.toLowerCase() === wanted.toLowerCase()) return undefined;
    const why = found.message === undefined || found.message === "" ? "" : ` (${found.message})`;
    return `its condition ${type} is ${found.status}${why}`;
  };
}

const STEP = /\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/y;

/** Of JSONPath, the paths to one value. */
function pathGoal(written: string): (resource: Resource) => string | undefined {
  const [, path = "", wanted] = /^'?\{?([^}=]+)\}?'?(?:=(.*))?$/s.exec(written) ?? [];
  const steps: string[] = [];
  STEP.lastIndex = 0;
  for (let match = STEP.exec(path); match !== null; match = STEP.exec(path)) {
    steps.push(match[1] ?? match[2] ?? match[3] ?? "");
    if (STEP.lastIndex === path.length) break;
  }
  if (steps.length === 0 || STEP.lastIndex !== path.length)
    throw new TaskFailure(`\`for\` has the path ${JSON.stringify(path)}, which is not understood: ${FORMS}`);
  return (resource) => {
    let value: unknown = resource;
    for (const step of steps) value = (value as Record<string, unknown> | undefined | null)?.[step];
    if (value === undefined || value === null) return `it has no ${path}`;
    const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
    return wanted === undefined || shown === wanted ? undefined : `its ${path} is ${shown}`;
  };
}
