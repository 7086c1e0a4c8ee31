import { Refusal } from "../refusal.ts";

export function flowNotFound({ namespace, id }: { namespace: string; id: string }): Refusal {
  return new Refusal("flow-not-found", `There is no flow ${namespace}.${id}`);
}
