import type { TaskRunRow } from "@capstan/engine";

/** Whether what somebody decided about this Approval ended it with what is around it: all that had not ended then ended likewise. */
export function hasEndedOthers({ memory }: TaskRunRow): boolean {
  const { verdict, endsLane } = (memory ?? {}) as { readonly verdict?: string; readonly endsLane?: boolean };
  return verdict !== undefined || endsLane === true;
}
