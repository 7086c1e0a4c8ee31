import { isEgressRule } from "@capstan/runtime/egress";
import { text } from "./setting-kinds.ts";

/** One entry of `egress.allow` or `egress.deny`. */
export const egressRule = text.refine(isEgressRule, {
  error:
    "it must be a host, *.domain, * for all, an address or a network such as 10.0.0.0/8, with :port behind it or not",
});
