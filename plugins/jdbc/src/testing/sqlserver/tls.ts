import { once } from "node:events";
import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { type SecureContextOptions, TLSSocket } from "node:tls";
import { PACKET } from "./packets.ts";

const HEADER_BYTES = 8;

/**
 * Encryption that begins within a connection: the handshake is sent in packets of TDS, and everything behind it without ([MS-TDS] 2.2.6.5). Newer
 * versions of TLS send tickets behind their handshake, which the protocol has no place for.
 */
export async function encrypted(socket: Socket, identity: SecureContextOptions): Promise<Duplex> {
  let bytes = Buffer.alloc(0);
  let isWrapped = true;
  const inner = new Duplex({
    read: (): void => undefined,
    write: (data: Buffer, _encoding, done) => {
      const header = Buffer.from([PACKET.prelogin, 1, 0, 0, 0, 0, 0, 0]);
      header.writeUInt16BE(HEADER_BYTES + data.length, 2);
      socket.write(isWrapped ? Buffer.concat([header, data]) : data, done);
    },
  });
  socket.on("data", (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    // What begins with the type of a packet is none of TLS.
    while (bytes[0] === PACKET.prelogin && bytes.length >= HEADER_BYTES && bytes.length >= bytes.readUInt16BE(2)) {
      const length = bytes.readUInt16BE(2);
      inner.push(bytes.subarray(HEADER_BYTES, length));
      bytes = bytes.subarray(length);
    }
    if (bytes.length === 0 || bytes[0] === PACKET.prelogin) return;
    inner.push(bytes);
    bytes = Buffer.alloc(0);
  });
  socket.on("close", () => inner.destroy());
  inner.on("close", () => socket.destroy());
  const tls = new TLSSocket(inner, { ...identity, isServer: true, maxVersion: "TLSv1.2" });
  tls.on("error", () => undefined); // Clients that trust nobody go away.
  await once(tls, "secure");
  isWrapped = false;
  return tls;
}
