import type { ChainableCommander } from "ioredis";

/** Runs commands as one; answers their replies. Rejects with the first reply that is an error. */
export async function replies(commands: ChainableCommander): Promise<unknown[]> {
  const answered = await commands.exec();
  // Null is the answer to a transaction whose watched key has changed.
  return (answered ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
