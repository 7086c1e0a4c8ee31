import { nearest } from "@capstan/model";
import type { Client } from "./client.ts";
import { Mistake } from "../mistake.ts";

const FLOWS_MAX = 1000;

/** The mistake of naming a flow that the server does not have, with the nearest name it has. */
export async function missingFlow(client: Client, namespace: string, id: string): Promise<Mistake> {
  const { results } = await client.listFlows({ size: FLOWS_MAX });
  const known = results.map((flow) => `${flow.namespace} ${flow.id}`);
  const guess = nearest(`${namespace} ${id}`, known);
  const hint = guess === undefined ? "capstan flow list shows what it has" : `did you mean "${guess}"?`;
  return new Mistake(`the server has no flow ${namespace}.${id} — ${hint}`, { exitCode: 1 });
}
