import { isIPv6 } from "node:net";

/** Slows down who guesses credentials, each address by itself, so that nobody can lock out the others. */
export interface Throttle {
  /** How long the address has to wait before a credential of it is looked at; 0 when it need not. */
  waitMs(address: string): number;
  /** Counts a wrong credential, unless the address has shown the same one lately: that guesses nothing. */
  failed(address: string, fingerprint: string): void;
}

/** The time in which an address may show as many wrong credentials as the limit says. */
export const THROTTLE_WINDOW_MS = 60_000;
/** Addresses remembered at most; beyond that the one whose last mistake is the oldest is forgotten. */
export const THROTTLED_ADDRESSES_MAX = 10_000;

interface Failures {
  /** Wrong credentials that count; they fade evenly, the whole limit within a window. */
  readonly count: number;
  readonly at: number;
  /** Of the latest wrong credentials, as many as the limit. */
  readonly fingerprints: readonly string[];
}

export function createThrottle(failuresMax: number, now: () => number): Throttle {
  const byAddress = new Map<string, Failures>();
  const fadeMs = THROTTLE_WINDOW_MS / failuresMax;
  const present = ({ count, at }: Failures) => Math.max(0, count - (now() - at) / fadeMs);
  return {
    waitMs(address) {
      if (byAddress.size === 0) return 0;
      const network = networkOf(address);
      const failures = byAddress.get(network);
      if (failures === undefined) return 0;
      const count = present(failures);
      if (count === 0) byAddress.delete(network);
      return Math.ceil(Math.max(0, count - (failuresMax - 1)) * fadeMs);
    },
    failed(address, fingerprint) {
      const network = networkOf(address);
      const failures = byAddress.get(network);
      if (failures?.fingerprints.includes(fingerprint) === true) return;
      const fingerprints = [...(failures?.fingerprints ?? []), fingerprint].slice(-failuresMax);
      const count = (failures === undefined ? 0 : present(failures)) + 1;
      byAddress.delete(network);
      byAddress.set(network, { count, at: now(), fingerprints });
      if (byAddress.size > THROTTLED_ADDRESSES_MAX) byAddress.delete(byAddress.keys().next().value!);
    },
  };
}

/** Who has one address of IPv6 has all of its /64; an address of IPv4 may be written as one of IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = "", tail] = address.toLowerCase().replace(/%.*$/, "").split("::");
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const all = [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail ?? "").split(":")];
  return all.slice(0, 4).join(":");
}
