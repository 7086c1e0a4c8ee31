import { isServedBy, type WorkerTarget } from "@capstan/engine";
import type { Session } from "./session.ts";

/** The worker of the target with the most room, by its share of it. */
export function freestOf(sessions: Iterable<Session>, target: WorkerTarget | undefined): Session | undefined {
  let best: Session | undefined;
  for (const session of sessions) {
    const { worker, isConnected, load } = session;
    if (!isConnected || load >= worker.capacity || !isOfGroup(session, target)) continue;
    if (best === undefined || load / worker.capacity < best.load / best.worker.capacity) best = session;
  }
  return best;
}

/** Whether a worker takes jobs of a target, when it has room. */
export function isOfGroup({ worker, isLeaving }: Session, target: WorkerTarget | undefined): boolean {
  return !isLeaving && isServedBy(target, worker.groups);
}
