import { ExpressionError } from "../errors.ts";
import { type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import type { Environment } from "../environment.ts";
import { integerArgument } from "../filters/arguments.ts";
import { NANO_ID_LENGTH_MAX } from "../limits.ts";
import { toText } from "../values/text.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const NANO_ID_ALPHABET = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";
/** KSUIDs count seconds from here. */
const KSUID_EPOCH_SECONDS = 1_400_000_000;

/** Functions that draw from the environment's randomness. */
export const randomFunctions: readonly FunctionDefinition[] = [
  {
    name: "uuid",
    summary: "A UUID of version 7, sortable by time.",
    example: ["uuid() | length", "36"],
    parameters: [],
    call: (_given, { environment }) => uuidVersion7(environment),
  },
  {
    name: "id",
    summary: "An id of 22 letters and digits.",
    example: ["id() | length", "22"],
    parameters: [],
    call: (_given, { environment }) => base62(bytesValue(randomBytes(environment, 16)), 22),
  },
  {
    name: "ksuid",
    summary: "A K-sortable id of 27 letters and digits.",
    example: ["ksuid() | length", "27"],
    parameters: [],
    call: (_given, { environment }) => {
      const seconds = BigInt(Math.floor(environment.now() / 1000) - KSUID_EPOCH_SECONDS);
      return base62((BigInt.asUintN(32, seconds) << 128n) | bytesValue(randomBytes(environment, 16)), 27);
    },
  },
  {
    name: "nanoId",
    summary: "A random text.",
    example: ["nanoId(length=5) | length", "5"],
    parameters: [optional("length", 21), optional("alphabet", null)],
    call: ([length, alphabet], { environment }) =>
      nanoId(
        integerArgument(length ?? 21, "length"),
        alphabet === null ? NANO_ID_ALPHABET : toText(alphabet),
        environment,
      ),
  },
  {
    name: "randomInt",
    summary: "A random integer from `lower` up to before `upper`, or both when they are equal.",
    example: ["randomInt(1, 2)", "1"],
    parameters: [required("lower"), required("upper")],
    call: ([lower, upper], { environment }) => {
      const from = integerArgument(lower, "lower");
      const to = integerArgument(upper, "upper");
      if (from > to) throw new ExpressionError("ARGUMENT", "`lower` must not be more than `upper`");
      return from + Math.floor(environment.random() * (to - from));
    },
  },
];

function nanoId(length: number, alphabet: string, environment: Environment): string {
  if (length < 1 || length > NANO_ID_LENGTH_MAX) {
    throw new ExpressionError("ARGUMENT", `The argument \`length\` must be from 1 to ${NANO_ID_LENGTH_MAX}`);
  }
  if (alphabet.length === 0 || alphabet.length > NANO_ID_LENGTH_MAX) {
    throw new ExpressionError("ARGUMENT", `The argument \`alphabet\` must have 1 to ${NANO_ID_LENGTH_MAX} characters`);
  }
  return Array.from({ length }, () => alphabet[Math.floor(environment.random() * alphabet.length)]).join("");
}

function uuidVersion7(environment: Environment): string {
  const random = bytesValue(randomBytes(environment, 10));
  const time = BigInt.asUintN(48, BigInt(Math.floor(environment.now())));
  const value =
    (time << 80n) | (0x7n << 76n) | (((random >> 62n) & 0xfffn) << 64n) | (0b10n << 62n) | BigInt.asUintN(62, random);
  return value
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5");
}

function randomBytes(environment: Environment, count: number): number[] {
  return Array.from({ length: count }, () => Math.floor(environment.random() * 256));
}

function bytesValue(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = BASE62[Number(rest % 62n)]! + text;
  return text.padStart(length, "0");
}
