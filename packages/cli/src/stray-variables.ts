import { nearest } from "@capstan/model";
import type { Environment } from "./process-environment.ts";

const PREFIX = "CAPSTAN_";

/** Those that the commands for a server read. */
export const CLIENT_VARIABLES = ["CAPSTAN_SERVER", "CAPSTAN_USER", "CAPSTAN_TOKEN"] as const;

/** Those that the command sets for processes of its own. */
const OWN_VARIABLES: readonly string[] = ["CAPSTAN_NODE", "CAPSTAN_HELPER_GRACE_MS"];

/** Kubernetes and Docker set these where a service has the name "capstan". */
const OF_A_SERVICE = /^CAPSTAN_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;

export interface StrayVariable {
  readonly name: string;
  /** The nearest variable that there is. */
  readonly guess: string | undefined;
}

/** Variables that look like Capstan's and are not: nobody reads them, so that a slip in a name would pass unseen. */
export function strayVariables(environment: Environment, known: readonly string[]): readonly StrayVariable[] {
  const all = new Set([...known, ...OWN_VARIABLES]);
  const names = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && environment[name] !== undefined);
  return names
    .filter((name) => !all.has(name) && !OF_A_SERVICE.test(name))
    .toSorted()
    .map((name) => ({ name, guess: guessOf(name, known) }));
}

/** What all names begin with says nothing about how alike they are. */
function guessOf(name: string, known: readonly string[]): string | undefined {
  const guess = nearest(
    name.slice(PREFIX.length),
    known.map((one) => one.slice(PREFIX.length)),
  );
  return guess === undefined ? undefined : `${PREFIX}${guess}`;
}

export function describeStray({ name, guess }: StrayVariable): string {
  const hint = guess === undefined ? "capstan config explain shows all there are" : `did you mean ${guess}?`;
  return `the environment variable ${name} sets nothing — ${hint}`;
}
