import type { Catalogue, JsonMap } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import type { Authenticator } from "./authentication/authenticator.ts";
import type { EventStreams } from "./event-stream.ts";
import type { RequestLimits } from "@capstan/api";
import type { Member } from "@capstan/store";

/** What everything that answers may use. */
export interface Service {
  readonly runtime: Runtime;
  readonly catalogue: Catalogue;
  /** The JSON Schema of `flow`, `task`, `trigger`, …; undefined for a kind that has none. */
  readonly jsonSchema: (kind: string) => JsonMap | undefined;
  readonly streams: EventStreams;
  readonly limits: RequestLimits;
  readonly version: string;
  /** Where people reach the server, without a slash at the end; for links in answers. */
  readonly publicUrl: string;
  readonly now: () => number;
  /** The servers that share the database, this one among them. */
  readonly members: () => Promise<readonly Member[]>;
}

/** What handlers of the API may use besides. */
export interface ApiService extends Service {
  /** Undefined where everybody may call. */
  readonly authenticator: Authenticator | undefined;
}
