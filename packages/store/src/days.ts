export const DAY_MS = 86_400_000;

/** Names of days in spans: `20261126`, in UTC. */
export function nameOfDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll("-", "");
}
