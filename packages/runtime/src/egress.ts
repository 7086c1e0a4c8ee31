/** What a configuration says of connections, without the rest of the runtime. */
export { isEgressRule, isNetwork } from "./egress/egress-policy.ts";
