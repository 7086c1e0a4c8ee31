/** Hides secrets in what is said of an attempt or an execution. */
export interface Masking {
  /** Values without a visible character hide nothing. Of a text of several lines, each longer line is hidden as well. */
  add(secret: string): void;
  mask(text: string): string;
}

/** Stands for a secret. */
export const MASK = "******";
/** Lines of a longer secret (a key, a certificate) that are hidden on their own have at least so many characters. */
const LINE_CHARACTERS_MIN = 8;

export function createMasking(secrets: Iterable<string> = []): Masking {
  let ordered: string[] = [];
  const masking: Masking = {
    add: (secret) => {
      const lines = secret.includes("\n")
        ? secret.split(/\r?\n/).filter(({ length }) => length >= LINE_CHARACTERS_MIN)
        : [];
      const fresh = [secret, ...lines].filter((value) => value.trim() !== "" && !ordered.includes(value));
      // A secret that contains another one goes first.
      if (fresh.length > 0) ordered = [...ordered, ...fresh].toSorted((left, right) => right.length - left.length);
    },
    mask: (text) => {
      let masked = text;
      for (const secret of ordered) if (masked.includes(secret)) masked = masked.replaceAll(secret, () => MASK);
      return masked;
    },
  };
  for (const secret of secrets) masking.add(secret);
  return masking;
}
