/** What a configuration says of connections, without the rest of the runtime. */
export { isEgressRule } from "./egress/egress-policy.ts";
