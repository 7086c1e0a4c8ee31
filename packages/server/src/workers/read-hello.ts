import type { Hello } from "@capstan/runtime";
import { Refusal } from "../refusal.ts";
import type { WorkerToken } from "./worker-tokens.ts";

/** Characters of what a worker says of itself, each. */
const FACT_CHARACTERS_MAX = 200;
/** Jobs that one worker may say to run at the same time. */
export const CAPACITY_MAX = 100_000;

/** Reads how a worker introduces itself. Throws a `Refusal`. */
export function readHello(text: string, token: WorkerToken): Hello {
  const said = parsed(text);
  const { session } = said;
  const groups = listOf(said, "groups");
  return {
    id: factOf(said, "id"),
    name: factOf(said, "name"),
    version: factOf(said, "version"),
    host: factOf(said, "host"),
    groups: allowedGroups(groups, token),
    capacity: countOf(said, "capacity", 1, CAPACITY_MAX),
    received: countOf(said, "received", 0, Number.MAX_SAFE_INTEGER),
    jobs: listOf(said, "jobs"),
    isLeaving: said["isLeaving"] === true,
    ...(typeof session === "string" && { session }),
  };
}

/** Who names no group takes the jobs of all that the token is for. */
function allowedGroups(groups: readonly string[], token: WorkerToken): readonly string[] {
  if (groups.length === 0) return token.groups;
  const foreign = groups.find((group) => !token.groups.includes(group));
  if (foreign === undefined) return groups;
  const allowed = token.groups.length === 0 ? "the default group alone" : token.groups.join(", ");
  throw new Refusal("worker-group-forbidden", `The token "${token.name}" is not for the group ${foreign}: ${allowed}`);
}

function parsed(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === "object" && said !== null) return said as Record<string, unknown>;
  } catch {
    // Told like anything else that is no map.
  }
  throw new Refusal("body-invalid", "A worker introduces itself with a map in JSON");
}

function factOf(said: Record<string, unknown>, key: string): string {
  const fact = said[key];
  if (typeof fact === "string" && fact !== "" && fact.length <= FACT_CHARACTERS_MAX) return fact;
  throw new Refusal("body-invalid", `${key} must be a text of 1 to ${FACT_CHARACTERS_MAX} characters`);
}

function countOf(said: Record<string, unknown>, key: string, least: number, most: number): number {
  const count = said[key];
  if (Number.isInteger(count) && (count as number) >= least && (count as number) <= most) return count as number;
  throw new Refusal("body-invalid", `${key} must be a whole number from ${least} to ${most}`);
}

function listOf(said: Record<string, unknown>, key: string): readonly string[] {
  const list = said[key];
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw new Refusal("body-invalid", `${key} must be a list of texts`);
}
