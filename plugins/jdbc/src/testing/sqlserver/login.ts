import { must, only } from "../must.ts";
import { varText } from "./tokens.ts";

/** How a client wants to be encrypted: [MS-TDS] 2.2.6.5. */
export const ENCRYPT = { off: 0, on: 1, notSupported: 2, required: 3 };

/** What a client asks for at first: option by option, and their data. */
export function preloginOf(data: Buffer): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; data[at] !== 0xff; at += 5) {
    const start = data.readUInt16BE(at + 1);
    options.set(data[at]!, data.subarray(start, start + data.readUInt16BE(at + 3)));
  }
  must(options.get(0)?.length === 6, "the first option is a version");
  only([...options.keys()].map(String), ["0", "1", "2", "3", "4", "5", "6"]);
  return options;
}

/** The version of the server, how it encrypts, and that a session has one statement at a time. */
export function preloginAnswer(encryption: number): Buffer {
  const options: readonly (readonly [number, Buffer])[] = [
    [0, Buffer.from([16, 0, 0x10, 0x18, 0, 0])],
    [1, Buffer.from([encryption])],
    [2, Buffer.from([0])],
    [3, Buffer.alloc(0)],
    [4, Buffer.from([0])],
  ];
  let start = options.length * 5 + 1;
  const heads = options.map(([token, value]) => {
    const head = Buffer.alloc(5);
    head[0] = token;
    head.writeUInt16BE(start, 1);
    head.writeUInt16BE(value.length, 3);
    start += value.length;
    return head;
  });
  return Buffer.concat([...heads, Buffer.from([0xff]), ...options.map(([, value]) => value)]);
}

export interface Login {
  readonly tdsVersion: number;
  readonly packetBytes: number;
  readonly user: string;
  readonly password: string;
  readonly application: string;
  readonly database: string;
  /** Of Microsoft Entra. */
  readonly accessToken: string | undefined;
}

const FEATURE = { federated: 2, utf8: 10 };

/** Who wants to come in: [MS-TDS] 2.2.6.4. */
export function loginOf(data: Buffer): Login {
  must(data.readUInt32LE(0) === data.length, "the login has its length");
  const bytesAt = (place: number): Buffer => {
    const start = data.readUInt16LE(place);
    return data.subarray(start, start + data.readUInt16LE(place + 2) * 2);
  };
  const textAt = (place: number) => bytesAt(place).toString("utf16le");
  const hasExtension = (data[27]! & 0x10) !== 0;
  const extension = hasExtension ? data.readUInt32LE(data.readUInt16LE(56)) : undefined;
  return {
    tdsVersion: data.readUInt32LE(4),
    packetBytes: data.readUInt32LE(8),
    user: textAt(40),
    password: Buffer.from(bytesAt(44).map((byte) => swapped(byte ^ 0xa5))).toString("utf16le"),
    application: textAt(48),
    database: textAt(68),
    accessToken: extension === undefined ? undefined : accessTokenOf(data, extension),
  };
}

function swapped(byte: number): number {
  return ((byte << 4) | (byte >> 4)) & 0xff;
}

function accessTokenOf(data: Buffer, start: number): string | undefined {
  let token: string | undefined;
  for (let at = start; data[at] !== 0xff; at += 5 + data.readUInt32LE(at + 1)) {
    only([String(data[at])], Object.values(FEATURE).map(String));
    if (data[at] !== FEATURE.federated) continue;
    must(data[at + 5]! >> 1 === 1, "a token is what Entra is asked for");
    token = data.toString("utf16le", at + 10, at + 10 + data.readUInt32LE(at + 6));
  }
  return token;
}

/** Lets somebody in: [MS-TDS] 2.2.7.14. */
export function loginAck(tdsVersion: number): Buffer {
  must(tdsVersion === 0x74000004, "the version is 7.4");
  const name = varText("Stand-in of SQL Server");
  const body = Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), name, Buffer.from([16, 0, 0x10, 0x18])]);
  const head = Buffer.from([0xad, 0, 0]);
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** That the token of Entra was taken. */
export const FEDERATED_ACK = Buffer.from([0xae, FEATURE.federated, 0, 0, 0, 0, 0xff]);
