/** Names → values; what a template sees. `undefined` = not defined (a strict error), `null` = null. */
export interface Scope {
  get(name: string): unknown;
  keys(): Iterable<string>;
}

/** A scope over a plain object; names it lacks are looked up in `parent`. */
export function scopeOf(values: Record<string, unknown>, parent?: Scope): Scope {
  return {
    get: (name) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return value === undefined && parent !== undefined ? parent.get(name) : value;
    },
    keys: () => (parent === undefined ? Object.keys(values) : new Set([...Object.keys(values), ...parent.keys()])),
  };
}

/**
 * A map whose entries are computed on demand; the evaluator treats it as a map everywhere (access, keys, for, json, …).
 * `get` answers `undefined` for a key that isn't there, and may throw a `Suspension` for a value that isn't there yet.
 */
export abstract class LazyMap {
  abstract get(key: string): unknown;
  abstract keys(): Iterable<string>;
  has(key: string): boolean {
    return this.get(key) !== undefined;
  }
}
