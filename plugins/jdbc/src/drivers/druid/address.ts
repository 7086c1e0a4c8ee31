import { TaskFailure } from "@capstan/sdk";
import type { ConnectionProperties, DatabaseContext } from "../../connection.ts";

/** A router or broker of Druid, and how to come in. */
export interface DruidAddress {
  /** Where statements are sent. */
  readonly endpoint: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Settings that go with each statement. */
  readonly settings: Readonly<Record<string, string>>;
}

export const EXAMPLE_URL = "jdbc:avatica:remote:url=http://localhost:8888/druid/v2/sql/avatica/";
const URL_PARTS = /^jdbc:avatica:remote:(?:.*;)?url=([^;]+)(?:;(.*))?$/isu;
/** Of the other protocol, which isn't spoken here. */
const UNUSED: ReadonlySet<string> = new Set(["transparent_reconnection", "serialization", "authentication"]);

/** Reads properties and address; the properties go first. Throws `TaskFailure` that shows nothing of the address. */
export function druidAddress(
  { url, username, password }: Pick<ConnectionProperties, "url" | "username" | "password">,
  { mask }: Pick<DatabaseContext, "mask">,
): DruidAddress {
  const [, server = "", rest = ""] = URL_PARTS.exec(url.trim()) ?? [];
  const base = server
    .trim()
    .replace(/\/druid\/v2\/sql\/avatica(?:-protobuf)?\/*$/u, "")
    .replace(/\/+$/u, "");
  if (!/^https?:\/\/[^/@]+/u.test(base) || base.includes("@") || !URL.canParse(base))
    throw new TaskFailure(`\`url\` can't be used: it has no address of a server. It looks like ${EXAMPLE_URL}`);
  const pairs = rest.split(/[;&]/u).flatMap((pair) => {
    const [name = "", ...value] = pair.split("=");
    return name.trim() === "" ? [] : [[name.trim(), value.join("=")] as const];
  });
  const { user, password: written, ...settings } = Object.fromEntries(pairs);
  if (written !== undefined) mask?.(written);
  return {
    endpoint: `${base}/druid/v2/sql`,
    user: username ?? user,
    password: password ?? written,
    settings: Object.fromEntries(Object.entries(settings).filter(([name]) => !UNUSED.has(name.toLowerCase()))),
  };
}
