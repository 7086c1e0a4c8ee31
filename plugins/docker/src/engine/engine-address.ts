import { TaskFailure } from "@capstan/sdk";

/** Where an engine takes requests. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly protocol: "http:" | "https:"; readonly host: string; readonly port: number };

const DEFAULT_HOST = "unix:///var/run/docker.sock";
/** What engines listen on, without and with TLS. */
const PORTS = { "http:": 2375, "https:": 2376 } as const;

/** The host that a task names, the worker's `DOCKER_HOST`, or the usual socket. */
export function hostOf(named: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  return named || environment["DOCKER_HOST"] || DEFAULT_HOST;
}

/** `unix:///path`, `tcp://name:2375`, `http://…` or `https://…`. Throws `TaskFailure` for anything else. */
export function engineAddress(host: string): EngineAddress {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socketPath !== undefined) return { socketPath };
  const [, scheme, name, port] = /^(tcp|https?):\/\/(\[[\da-f:]+\]|[^\s/:@]+)(?::(\d+))?\/?$/i.exec(host) ?? [];
  if (scheme === undefined || name === undefined)
    throw new TaskFailure(
      `the Docker host "${host.replace(/\/\/[^/@]*@/, "//…@")}" is no address: write unix:///var/run/docker.sock, tcp://name:2375 or https://name:2376`,
    );
  const protocol = scheme.toLowerCase() === "https" ? "https:" : "http:";
  return { protocol, host: name.replaceAll(/[[\]]/g, ""), port: port === undefined ? PORTS[protocol] : Number(port) };
}
