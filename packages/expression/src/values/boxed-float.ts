/**
 * A float that JS alone could not tell from an integer (`4.0 / 2` prints `2.0`), or one of another Java class than Double.
 */
export class BoxedFloat {
  readonly value: number;
  /** The class name that `className` tells. */
  readonly javaClass: string;

  constructor(value: number, javaClass = "java.lang.Double") {
    this.value = value;
    this.javaClass = javaClass;
  }

  toJSON(): number {
    return this.value;
  }
}

/** A float of single precision; `value` is the shortest decimal number that is the same in single precision. */
export class SingleFloat extends BoxedFloat {
  constructor(value: number) {
    super(shortestSingle(value), "java.lang.Float");
  }
}

function shortestSingle(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}
