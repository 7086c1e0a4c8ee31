import { Refusal } from "../refusal.ts";

export function flowNotFound({ namespace, id }: { namespace: string; id: string }): Refusal {
  return new Refusal("flow-not-found", 404, `There is no flow ${namespace}.${id}`);
}
