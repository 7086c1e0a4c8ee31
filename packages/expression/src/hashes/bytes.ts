/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes as lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * The message followed by one bit, zeros and its length in bits, as the hash functions want it: a multiple of
 * `blockLength` bytes, the length in the last eight bytes.
 */
export function padded(message: Uint8Array, blockLength: 64 | 128, isLittleEndian: boolean): DataView {
  const reserved = blockLength / 8;
  const total = Math.ceil((message.length + 1 + reserved) / blockLength) * blockLength;
  const bytes = new Uint8Array(total);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(total - 8, BigInt(message.length) * 8n, isLittleEndian);
  return view;
}
