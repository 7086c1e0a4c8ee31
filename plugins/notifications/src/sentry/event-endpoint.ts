import { dynamic, secret, TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** Where events go, and how. */
export const endpointProperties = () => ({
  dsn: secret().describe("DSN of the project: https://KEY@HOST/PROJECT."),
  endpointType: dynamic(z.enum(["ENVELOPE", "STORE"]))
    .default("ENVELOPE")
    .describe("Which API takes it: ENVELOPE, or STORE, the older one."),
});

type Endpoint = z.output<z.ZodObject<ReturnType<typeof endpointProperties>>>;

export interface SentryEvent extends Readonly<Record<string, unknown>> {
  /** 32 hexadecimal digits. */
  readonly event_id: string;
}

/** The request that sends an event. Throws `TaskFailure` when the DSN is none. */
export function eventRequest({ dsn, endpointType }: Endpoint, event: SentryEvent) {
  const { origin, path, project, key } = partsOf(dsn);
  const auth = { "X-Sentry-Auth": `Sentry sentry_version=7, sentry_client=capstan, sentry_key=${key}` };
  const url = `${origin}${path}/api/${project}/${endpointType.toLowerCase()}/`;
  if (endpointType === "STORE") return { url, headers: auth, body: event };
  const body = [{ event_id: event.event_id }, { type: "event" }, event].map((line) => JSON.stringify(line)).join("\n");
  return { url, headers: { ...auth, "Content-Type": "application/x-sentry-envelope" }, body };
}

function partsOf(dsn: string) {
  const url = URL.canParse(dsn) ? new URL(dsn) : undefined;
  const [, path = "", project = ""] = /^(.*)\/(\d+)\/?$/.exec(url?.pathname ?? "") ?? [];
  if (url === undefined || url.username === "" || project === "" || !/^https?:$/.test(url.protocol))
    throw new TaskFailure(
      "`dsn` is none of Sentry. Copy it from the project's settings, under Client Keys: https://KEY@HOST/PROJECT.",
    );
  return { origin: url.origin, path, project, key: url.username };
}
