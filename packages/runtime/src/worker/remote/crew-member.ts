import type { IntroducedWorker } from "./messages.ts";
import type { Session } from "./session.ts";

/** A worker, as others see it. */
export interface CrewMember extends Pick<
  IntroducedWorker,
  "id" | "name" | "token" | "groups" | "version" | "host" | "capacity"
> {
  readonly since: number;
  readonly silentMs: number;
  readonly isConnected: boolean;
  readonly isLeaving: boolean;
  readonly running: number;
}

export function crewMemberOf(session: Session): CrewMember {
  const { id, name, token, groups, version, host, capacity } = session.worker;
  const { since, silentMs, isConnected, isLeaving, load } = session;
  const about = { id, name, token, groups, version, host, capacity };
  return { ...about, since, silentMs: Math.round(silentMs), isConnected, isLeaving, running: load };
}
