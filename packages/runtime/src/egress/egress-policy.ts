import { BlockList, isIP, isIPv6 } from "node:net";

/** Where the code of flows and plugins may connect to: the server's options `egress`. Plain data. */
export interface EgressRules {
  /** Hosts, addresses and networks; when there are any, everything else is refused. */
  readonly allow: readonly string[];
  /** The same; goes before `allow`. */
  readonly deny: readonly string[];
  /** Whether addresses that are not of the public internet may be reached although `allow` doesn't name them. */
  readonly privateNetworks: "allow" | "deny";
}

export const NO_EGRESS_RULES: EgressRules = { allow: [], deny: [], privateNetworks: "allow" };

export interface EgressPolicy {
  /** Why there must be no connection to an address that a host's name stands for; undefined when there may be one. */
  refusal(host: string, port: number, address: string): string | undefined;
  /** Why a host's name must not even be looked up. */
  refusalOfName(host: string, port: number): string | undefined;
}

/** One entry of a list. */
interface Rule {
  readonly written: string;
  /** Undefined for every port. */
  readonly port: number | undefined;
  readonly target:
    | { readonly type: "any" }
    | { readonly type: "host"; readonly name: string }
    /** What is below a domain, and not the domain itself; `suffix` begins with the dot. */
    | { readonly type: "below"; readonly suffix: string }
    | { readonly type: "network"; readonly addresses: BlockList };
}

/**
 * What is not of the public internet, after the registries of special-purpose addresses of IANA: this machine and its network, private
 * and shared networks, benchmarks, multicast, what is reserved, and the translation prefix for local use.
 */
const PRIVATE_NETWORKS = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/** Whether a text is an entry of `allow` or `deny`: a host, `*.domain`, an address or a network, with `:port` behind it or not. */
export function isEgressRule(text: string): boolean {
  return ruleOf(text) !== undefined;
}

/** Whether there is anything that the rules refuse. */
export function restrains({ allow, deny, privateNetworks }: EgressRules): boolean {
  return allow.length > 0 || deny.length > 0 || privateNetworks === "deny";
}

/** Throws `TypeError` for an entry that is no rule. */
export function createEgressPolicy({ allow, deny, privateNetworks }: EgressRules): EgressPolicy {
  const allowed = allow.map(knownRule);
  const denied = deny.map(knownRule);
  const privateAddresses = networkOf(PRIVATE_NETWORKS);
  const denialOf = (host: string, port: number, given?: string): string | undefined => {
    const rule = denied.find((each) => isMatch(each, bareName(host), given && bareAddress(given), port));
    return rule && `${placeOf(host, port, given)} is refused by the server's option egress.deny (${rule.written})`;
  };
  return {
    refusalOfName: denialOf,
    refusal(host, port, given) {
      const name = bareName(host);
      const address = bareAddress(given);
      const place = placeOf(host, port, given);
      const denial = denialOf(host, port, given);
      if (denial !== undefined) return denial;
      const allowances = allowed.filter((each) => isMatch(each, name, address, port));
      if (allowances.some(({ target }) => target.type !== "any")) return undefined;
      if (privateNetworks === "deny" && holds(privateAddresses, address))
        return `${place} is no address of the public internet, and the server's option egress.privateNetworks is deny — an operator can name it in egress.allow`;
      if (allowed.length === 0 || allowances.length > 0) return undefined;
      return `${place} is not in the server's option egress.allow — an operator can name it there`;
    },
  };
}

function knownRule(text: string): Rule {
  const rule = ruleOf(text);
  if (rule === undefined) throw new TypeError(`no rule of egress: ${text}`);
  return rule;
}

function ruleOf(text: string): Rule | undefined {
  const { target, port } = /^(?<target>\[[^\]]*\]|[^:]*|.*:.*:.*)(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  if (target === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) return undefined;
  const kind = targetOf(target.replace(/^\[(.*)\]$/, "$1"));
  return kind && { written: text, port: port === undefined ? undefined : Number(port), target: kind };
}

function targetOf(text: string): Rule["target"] | undefined {
  if (text === "*") return { type: "any" };
  if (isNetwork(text)) return { type: "network", addresses: networkOf([text]) };
  const { below, name } =
    /^(?<below>\*\.)?(?<name>(?!-)[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?)$/u.exec(text)?.groups ?? {};
  if (name === undefined || /^[\d.]+$/.test(name)) return undefined;
  return below === undefined ? { type: "host", name: bareName(name) } : { type: "below", suffix: `.${bareName(name)}` };
}

/** Whether a text is an address, or one with the length of a prefix behind it. */
export function isNetwork(text: string): boolean {
  const [address = "", bits = "0", ...rest] = text.split("/");
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsOf(address);
}

function bitsOf(address: string): number {
  return isIPv6(address) ? 128 : 32;
}

function networkOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits = bitsOf(address)] = network.split("/");
    list.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return list;
}

function isMatch({ target, port: only }: Rule, host: string, address: string | undefined, port: number): boolean {
  if (only !== undefined && only !== port) return false;
  switch (target.type) {
    case "any":
      return true;
    case "host":
      return host === target.name;
    case "below":
      return host.endsWith(target.suffix);
    case "network":
      return address !== undefined && holds(target.addresses, address);
    default:
      return target satisfies never;
  }
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** As lookups compare names: in small letters, without the dot that ends a complete one. */
function bareName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** An address of IPv4 that is written as one of IPv6, mapped or for a translator (RFC 6052), is the same address. */
function bareAddress(address: string): string {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const { high, low } = EMBEDDED.exec(canonical(plain))?.groups ?? {};
  if (high === undefined || low === undefined) return plain;
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join(".");
}

const EMBEDDED = /^(?:::ffff:|64:ff9b::)(?<high>[\da-f]{1,4}):(?<low>[\da-f]{1,4})$/;

/** An address of IPv6 in the one spelling of RFC 5952, without dots. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function placeOf(host: string, port: number, address = host): string {
  const place = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return address === host ? place : `${place} (${address})`;
}
