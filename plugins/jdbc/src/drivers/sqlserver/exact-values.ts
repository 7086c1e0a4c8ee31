/** As much of a column as values are read by. */
interface WireColumn {
  readonly type: { readonly name: string };
  readonly scale?: number | undefined;
}

/** Reads one value, and tells where the next one begins. */
type ReadValue = (
  bytes: Buffer,
  offset: number,
  column: WireColumn,
  options: unknown,
) => { readonly value: unknown; readonly offset: number };

export interface ValueParser {
  readValue: ReadValue & { readonly keepsDigits?: true };
}

/** Decimal places of MONEY and SMALLMONEY. */
const MONEY_SCALE = 4;
/** Types of the protocol that stand within an sql_variant. */
const VARIANT = { money: 0x3c, smallMoney: 0x7a, decimal: 0x6a, numeric: 0x6c };

/**
 * Has the library give DECIMAL, NUMERIC, MONEY and SMALLMONEY as texts of all their digits, and within an sql_variant as a `VariantDecimal`. It makes doubles of them, which have 15 digits of up to 38
 * (tediousjs/tedious#163), and no option of it leaves their bytes alone. This can go when it has one.
 */
export function keepDigits(parser: ValueParser): void {
  const { readValue } = parser;
  if (readValue.keepsDigits) return;
  const exactly: ReadValue = (bytes, offset, column, options) => {
    // It throws for bytes that aren't there yet, and is called again with more.
    const read = readValue(bytes, offset, column, options);
    const value = read.value === null ? undefined : exactValue(bytes.subarray(offset, read.offset), column);
    return value === undefined ? read : { value, offset: read.offset };
  };
  parser.readValue = Object.assign(exactly, { keepsDigits: true } as const);
}

/** A decimal within an sql_variant, where a text may be one as well. */
export interface VariantDecimal {
  readonly digits: string;
}

/** A value from its bytes; undefined for those that are no decimals. */
function exactValue(bytes: Buffer, { type, scale = 0 }: WireColumn): string | VariantDecimal | undefined {
  switch (type.name) {
    case "DecimalN":
    case "NumericN":
      return decimalDigits(bytes.subarray(1), scale);
    case "Money":
    case "SmallMoney":
      return moneyDigits(bytes);
    case "MoneyN":
      return moneyDigits(bytes.subarray(1));
    case "Variant":
      return variantDecimal(bytes);
    default:
      return undefined;
  }
}

/** A length, a type, how many properties it has, and these; then the value. */
function variantDecimal(bytes: Buffer): VariantDecimal | undefined {
  switch (bytes[4]) {
    case VARIANT.money:
    case VARIANT.smallMoney:
      return { digits: moneyDigits(bytes.subarray(6)) };
    case VARIANT.decimal:
    case VARIANT.numeric:
      return { digits: decimalDigits(bytes.subarray(8), bytes[7]!) };
    default:
      return undefined;
  }
}

/** A sign, and a whole number with its lowest byte first. */
function decimalDigits(bytes: Buffer, scale: number): string {
  const whole = BigInt(`0x${Buffer.from(bytes.subarray(1).toReversed()).toString("hex")}`);
  return scaled(bytes[0] === 1 ? whole : -whole, scale);
}

/** Four bytes, or eight, of which the higher four come first. */
function moneyDigits(bytes: Buffer): string {
  if (bytes.length === 4) return scaled(BigInt(bytes.readInt32LE(0)), MONEY_SCALE);
  return scaled((BigInt(bytes.readInt32LE(0)) << 32n) | BigInt(bytes.readUInt32LE(4)), MONEY_SCALE);
}

function scaled(whole: bigint, scale: number): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
  const sign = whole < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
