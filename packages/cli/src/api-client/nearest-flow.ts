import { nearest } from "@capstan/model";
import type { Client } from "./client.ts";
import { Mistake } from "../mistake.ts";

const FLOWS_MAX = 1000;

/** The mistake of naming a flow that the server does not have, with the nearest name it has. */
export async function missingFlow(client: Client, namespace: string, id: string): Promise<Mistake> {
  const { results } = await client.listFlows({ size: FLOWS_MAX });
  const known = results.map((flow) => `${flow.namespace} ${flow.id}`);
  const neighbours = results.filter((flow) => flow.namespace === namespace);
  // A namespace that both share says nothing about how alike they are.
  const guess =
    neighbours.length === 0
      ? nearest(`${namespace} ${id}`, known)
      : known.find(
          (one) =>
            one ===
            `${namespace} ${nearest(
              id,
              neighbours.map((flow) => flow.id),
            )}`,
        );
  const hint = guess === undefined ? "capstan flow list shows what it has" : `did you mean "${guess}"?`;
  return new Mistake(`the server has no flow ${namespace}.${id} — ${hint}`, { exitCode: 1 });
}
