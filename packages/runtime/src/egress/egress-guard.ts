import { lookup as lookupByDns } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { TaskFailure } from "@capstan/sdk";
import { createEgressPolicy, type EgressRules, restrains } from "./egress-policy.ts";

/** Stands between whoever connects and the network. */
export interface EgressGuard {
  /**
   * To be asked before a connection is made. Throws `TaskFailure` when it must not be made; answers what looks up the host's name, by
   * `lookup` where one is given, and keeps back the addresses that must not be reached: what is checked is what is connected to.
   */
  admit(host: string, port: number, lookup?: LookupFunction): LookupFunction;
}

/** Undefined where nothing is refused. */
export function createEgressGuard(rules: EgressRules): EgressGuard | undefined {
  if (!restrains(rules)) return undefined;
  const policy = createEgressPolicy(rules);
  return {
    admit(host, port, lookup = lookupByDns) {
      const refusal = isIP(host) === 0 ? policy.refusalOfName(host, port) : policy.refusal(host, port, host);
      if (refusal !== undefined) throw new TaskFailure(refusal);
      return (name, options, callback) =>
        lookup(name, options, (error, found, family) => {
          if (error !== null) return callback(error, found, family);
          const addresses = typeof found === "string" ? [{ address: found, family: family ?? 0 }] : found;
          const refusals = addresses.map(({ address }) => policy.refusal(host, port, address));
          const admitted = addresses.filter((_address, index) => refusals[index] === undefined);
          if (admitted.length === 0) return callback(new TaskFailure(refusals[0] ?? `${host} has no address`), "");
          return typeof found === "string" ? callback(null, found, family) : callback(null, admitted);
        });
    },
  };
}
