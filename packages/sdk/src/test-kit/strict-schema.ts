import { z } from "zod";

type Shape<Params> = { [Key in keyof Params]: z.ZodType<Params[Key] | undefined> };

/**
 * A schema of a request that takes no other fields. Each must be a field of the vendor's own type for it, with values of that field's type,
 * so the schema can't drift from what the vendor documents without a mistake of types.
 */
export function strictly<Params>() {
  return <Written extends Partial<Shape<Params>>>(
    shape: Written & Record<Exclude<keyof Written, keyof Params>, never>,
  ): z.ZodType => z.strictObject(shape);
}
