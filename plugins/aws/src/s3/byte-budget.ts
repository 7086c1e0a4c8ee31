/** A number of bytes that many share, so that what they hold at the same time is bounded. */
export interface ByteBudget {
  /** Waits until so many are free, in the order of asking; more than there are at all count as all. Call the answer once, to give them back. */
  take(bytes: number): Promise<() => void>;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let free = bytesMax;
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  const settle = () => {
    for (let first = waiting[0]; first !== undefined && first.bytes <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.bytes;
      first.grant();
    }
  };
  return {
    take: async (wanted) => {
      const bytes = Math.min(wanted, bytesMax);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ bytes, grant: resolve });
      settle();
      await promise;
      return () => {
        free += bytes;
        settle();
      };
    },
  };
}
