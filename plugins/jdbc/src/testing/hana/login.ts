import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { must } from "../must.ts";
import { type Part, PART } from "./messages.ts";

const METHOD = "SCRAMPBKDF2SHA256";
const ITERATIONS = 1_000;
const PROOF_BYTES = 32;

/** Texts or bytes one behind the other, with their lengths. */
export function fieldsOf(data: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  let at = 2;
  for (let index = 0; index < data.readUInt16LE(0); index += 1) {
    const first = data[at]!;
    const [length, start] = first <= 245 ? [first, at + 1] : [data.readUInt16LE(at + 1), at + 3];
    must(first <= 246, "a field of a login is short");
    fields.push(data.subarray(start, start + length));
    at = start + length;
  }
  return fields;
}

export function fields(...values: readonly (string | Buffer)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16LE(values.length);
  const written = values.flatMap((value) => [Buffer.from([value.length]), Buffer.from(value as string)]);
  return Buffer.concat([count, ...written]);
}

const hmac = (key: Buffer, message: Buffer) => createHmac("sha256", key).update(message).digest();
const sha256 = (message: Buffer) => createHash("sha256").update(message).digest();

/** One login that is going on: by a salt, and what both sides came up with. */
export interface Login {
  readonly user: string;
  readonly challenge: Part;
  /** The server's own proof for a client's that is good; undefined for others. */
  prove(part: Part, password: string): Part | undefined;
}

/** Begins a login as a client asks for it. */
export function beginLogin(part: Part): Login {
  const [user, ...methods] = fieldsOf(part.data);
  const at = methods.findIndex((name, index) => index % 2 === 0 && name.toString() === METHOD);
  must(at !== -1, `the client knows ${METHOD}`);
  const clientKey = methods[at + 1]!;
  const salt = randomBytes(16);
  const serverKey = randomBytes(48);
  const iterations = Buffer.alloc(4);
  iterations.writeUInt32BE(ITERATIONS);
  const challenge = fields(METHOD, fields(salt, serverKey, iterations));
  return {
    user: user!.toString(),
    challenge: { kind: PART.authentication, count: 1, data: challenge },
    prove: (answer, password) => {
      const [, method, proof] = fieldsOf(answer.data);
      must(method?.toString() === METHOD, "the client answers in the way that was chosen");
      const salted = pbkdf2Sync(password, salt, ITERATIONS, PROOF_BYTES, "sha256");
      const key = sha256(salted);
      const signature = hmac(sha256(key), Buffer.concat([salt, serverKey, clientKey]));
      const wanted = Buffer.from(signature.map((byte, index) => byte ^ key[index]!));
      must(proof!.length === 3 + PROOF_BYTES && proof!.readUInt16BE(0) === 1, "there is one proof");
      if (!timingSafeEqual(wanted, proof!.subarray(3))) return undefined;
      const own = hmac(hmac(salted, salt), Buffer.concat([clientKey, salt, serverKey]));
      const written = fields(METHOD, Buffer.concat([Buffer.from([1, 0, PROOF_BYTES]), own]));
      return { kind: PART.authentication, count: 1, data: written };
    },
  };
}
