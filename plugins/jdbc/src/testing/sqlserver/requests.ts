import { must } from "../must.ts";

/** Requests of clients: [MS-TDS] 2.2.6. */

/** What stands behind the headers of a request, which name the transaction that it belongs to: [MS-TDS] 2.2.5.3. */
export function behindHeaders(data: Buffer, transaction: Buffer): Buffer {
  const length = data.readUInt32LE(0);
  must(length === 22 && data.readUInt32LE(4) === 18 && data.readUInt16LE(8) === 2, "a request names its transaction");
  must(data.subarray(10, 18).equals(transaction), "a request belongs to the open transaction");
  must(data.readUInt32LE(18) === 1, "there is one request at a time");
  return data.subarray(length);
}

/** A statement with values for its `@names`. */
export interface Call {
  readonly sql: string;
  readonly declarations: string;
  readonly values: ReadonlyMap<string, unknown>;
}

const SP_EXECUTESQL = 10;

/** The call of `sp_executesql`, by its number or its name. */
export function callOf(data: Buffer): Call {
  const named = data.readUInt16LE(0);
  const procedure = named === 0xffff ? data.readUInt16LE(2) : data.toString("utf16le", 2, 2 + named * 2);
  must(procedure === SP_EXECUTESQL || procedure === "sp_executesql", `${procedure} is the procedure for statements`);
  const at = reader(data, (named === 0xffff ? 4 : 2 + named * 2) + 2);
  const values: [string, unknown][] = [];
  while (!at.isEnd()) {
    const name = at.text(at.byte());
    must(at.byte() === 0, "a value is sent, and none awaited");
    values.push([name.replace("@", ""), at.value()]);
  }
  const [sql, declarations, ...rest] = values;
  return { sql: String(sql?.[1]), declarations: String(declarations?.[1] ?? ""), values: new Map(rest) };
}

interface ValueReader {
  isEnd(): boolean;
  byte(): number;
  text(length: number): string;
  /** A type and a value of it. */
  value(): unknown;
}

const MAX = 0xffff;

function reader(data: Buffer, start: number): ValueReader {
  let at = start;
  const skip = (length: number): number => {
    at += length;
    return at - length;
  };
  const byte = () => data[skip(1)]!;
  const short = () => data.readUInt16LE(skip(2));
  const bytes = (length: number) => data.subarray(skip(length), at);
  /** Pieces up to an empty one; undefined for null. */
  const pieces = (): Buffer | undefined => {
    if (data.readBigUInt64LE(skip(8)) === 0xffffffffffffffffn) return undefined;
    const found: Buffer[] = [];
    for (let length = data.readUInt32LE(skip(4)); length > 0; length = data.readUInt32LE(skip(4)))
      found.push(bytes(length));
    return Buffer.concat(found);
  };
  const long = (length: number): Buffer | undefined => {
    if (length === MAX) return pieces();
    const size = short();
    return size === MAX ? undefined : bytes(size);
  };
  const number = (read: (size: number) => unknown) => {
    byte();
    const size = byte();
    return size === 0 ? null : read(size);
  };
  const value = (): unknown => {
    const type = byte();
    switch (type) {
      case 0x26:
        return number((size) => (size === 8 ? data.readBigInt64LE(skip(8)) : data.readIntLE(skip(size), size)));
      case 0x68:
        return number(() => byte() === 1);
      case 0x6d:
        return number((size) => (size === 8 ? data.readDoubleLE(skip(8)) : data.readFloatLE(skip(4))));
      case 0xe7: {
        const length = short();
        skip(5);
        return long(length)?.toString("utf16le") ?? null;
      }
      case 0xa5:
        return long(short()) ?? null;
      default:
        throw new Error(`the type ${type} is known for values`);
    }
  };
  return {
    isEnd: () => at >= data.length,
    byte,
    text: (length) => bytes(length * 2).toString("utf16le"),
    value,
  };
}

const TRANSACTION = { begin: 5, commit: 7, rollback: 8 } as const;

/** What becomes of the transaction. */
export function transactionOf(data: Buffer): keyof typeof TRANSACTION {
  const found = Object.entries(TRANSACTION).find(([, number]) => number === data.readUInt16LE(0));
  must(found !== undefined, `${data.readUInt16LE(0)} is a known request for transactions`);
  return found![0] as keyof typeof TRANSACTION;
}
