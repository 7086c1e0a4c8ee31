import type { flowToolRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { drawFlow, type GraphOptions } from "../presentation/flow-graph.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";

/** Pictures of flows. */
export function flowGraphHandlers(
  service: Service,
): Pick<Handlers<typeof flowToolRoutes>, "drawFlowSource" | "drawFlow"> {
  const { flows } = service.runtime;
  return {
    drawFlowSource: ({ tenant, query, body }) => {
      const { flow, diagnostics } = flows.check(body);
      const problems = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
      if (flow === undefined) throw new Refusal("flow-invalid", "The flow can't be drawn", problems);
      return drawFlow(flow, expanding(service, tenant, query.subflows));
    },
    drawFlow: async ({ tenant, parameters, query }) => {
      const { checked } = await flows.checked({ tenant, ...parameters }, query.revision);
      if (checked.flow === undefined) throw new Refusal("flow-invalid", "The flow is not valid any more");
      return drawFlow(checked.flow, expanding(service, tenant, query.subflows));
    },
  };
}

/** Draws the flows of the asked tasks in their places. */
export function expanding({ runtime }: Service, tenant: string, uids: readonly string[]): GraphOptions {
  const asked = new Set(uids);
  return {
    subflowOf: async (uid, { properties: { namespace, flowId: id } }) => {
      if (!asked.has(uid) || typeof namespace !== "string" || typeof id !== "string") return undefined;
      const row = await runtime.flows.get({ tenant, namespace, id });
      return row && runtime.flows.check(row.source).flow;
    },
  };
}
