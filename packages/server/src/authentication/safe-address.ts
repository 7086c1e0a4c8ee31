import { Refusal } from "../refusal.ts";
import type { GuardOptions } from "./guard.ts";
import { isLoopback } from "./origin.ts";

/** Refuses to open the API to a network without a credential. */
export function assertSafeAddress({ host, authentication }: GuardOptions, hint: string): void {
  if (authentication !== undefined || isLoopback(host)) return;
  throw new Refusal(
    "authentication-required",
    `Refusing to listen on ${host} without authentication: whoever reaches that address could run any command. ${hint}`,
  );
}
