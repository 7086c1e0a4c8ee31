export type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** The same without its undefined fields. */
export function defined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<Value>;
}
