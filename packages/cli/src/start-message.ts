import { resolve } from "node:path";
import type { LoadedFlows } from "./load-flows.ts";

export interface StartFacts {
  readonly url: string;
  readonly data: string;
  /** Where files lie, if not in the data folder. */
  readonly files?: string | undefined;
  /** Name of the one who may call with a password. */
  readonly username?: string | undefined;
  /** How many tokens callers may send; everybody may call when there is neither a name nor a token. */
  readonly tokens?: number;
  readonly flows?: LoadedFlows & { readonly folder: string };
  /** What it does while another server leads. */
  readonly role?: keyof typeof ROLES;
}

const ROLES = {
  standby: "standby: passes requests on to the server that leads, and takes over from it",
  serving: "serves the one that leads, and never leads",
} as const;

/** What a person wants to know of a server that has just begun to listen. The first line is for machines as well. */
export function startMessage({ url, data, files, username, tokens = 0, flows, role }: StartFacts): string {
  const server = url === "http://127.0.0.1:8080" ? "" : ` --server ${url}`;
  const lines = [
    `capstan listens on ${url}`,
    `  data    ${resolve(data)}`,
    ...(files === undefined ? [] : [`  files   ${files}`]),
    ...(flows === undefined ? [] : [`  flows   ${flowsText(flows)}`]),
    ...(role === undefined ? [] : [`  role    ${ROLES[role]}`]),
    `  access  ${accessText(username, tokens)}`,
    `  next    capstan flow list${server}   (Ctrl-C stops the server)`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function accessText(username: string | undefined, tokens: number): string {
  const ways = [
    ...(username === undefined ? [] : [`basic authentication as ${username}`]),
    ...(tokens === 0 ? [] : [tokens === 1 ? "a token" : `${tokens} tokens`]),
  ];
  return ways.length === 0 ? "no password, from this machine" : ways.join(", or ");
}

function flowsText({ folder, changed, unchanged, warned, refused }: NonNullable<StartFacts["flows"]>): string {
  const parts = [`${changed + unchanged} from ${folder}`, `${changed} of them new or changed`];
  const trouble = [
    ...(warned > 0 ? [`${warned} with warnings`] : []),
    ...(refused > 0 ? [`${refused} left out for mistakes`] : []),
  ];
  if (trouble.length > 0) parts.push(`${trouble.join(", ")}: capstan validate ${folder}`);
  return parts.join(", ");
}
