import { TaskFailure, type TaskLogger, textMap } from "@capstan/sdk";

/** The properties of every type of this plugin that say which cluster to speak to, and how. */
export const clusterProperties = () => ({
  properties: textMap().describe(
    "Settings of the client, with the names of Kafka's Java client: `bootstrap.servers` is needed; `security.protocol`, `sasl.*` and `ssl.*` " +
      "say how to log in. What has no effect here is named in a warning.",
  ),
  serdeProperties: textMap()
    .default({})
    .describe("Settings of serializers. Taken, and without effect: those that have settings need a schema registry."),
});

/** Settings by the names of Kafka's Java client, which notes the ones that were asked for. */
export interface ClientProperties {
  /** Undefined where it is not given or blank. */
  readonly text: (name: string) => string | undefined;
  /** Whole numbers, such as milliseconds and bytes. Throws `TaskFailure` for anything else. */
  readonly number: (name: string) => number | undefined;
  readonly boolean: (name: string) => boolean | undefined;
  /** In any case of letters. Throws `TaskFailure` that names what is allowed. */
  readonly oneOf: <Value extends string>(name: string, allowed: readonly Value[]) => Value | undefined;
  /** As it is written, be it blank. */
  readonly given: (name: string) => string | undefined;
  /** Names that nobody asked for. */
  readonly unasked: () => readonly string[];
}

export function clientPropertiesOf(given: Readonly<Record<string, string>>): ClientProperties {
  const asked = new Set<string>();
  const text = (name: string) => {
    asked.add(name);
    const value = given[name]?.trim();
    return value === "" ? undefined : value;
  };
  const oneOf = <Value extends string>(name: string, allowed: readonly Value[]) => {
    const value = text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one.toLowerCase() === value.toLowerCase());
    if (found === undefined)
      throw new TaskFailure(`The property \`${name}\` is "${value}", but can be ${listed(allowed)} here.`);
    return found;
  };
  return {
    text,
    number: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d{1,15}$/u.test(value))
        throw new TaskFailure(`The property \`${name}\` is "${value}", but is to be a whole number.`);
      return Number(value);
    },
    boolean: (name) => {
      const value = oneOf(name, ["true", "false"]);
      return value === undefined ? undefined : value === "true";
    },
    oneOf,
    given: (name) => given[name],
    unasked: () => Object.keys(given).filter((name) => !asked.has(name)),
  };
}

/** What must not be left out in silence: the connection would be another one than the one that was meant. */
const OF_SECURITY = /^(?:ssl|sasl|security)\./u;
/** What other clients tune themselves with, and nobody misses. */
const WITHOUT_NOTICE = new Set([
  "key.serializer",
  "value.serializer",
  "key.deserializer",
  "value.deserializer",
  "enable.auto.commit",
  "auto.commit.interval.ms",
]);

/** Warns of properties that have no effect. Throws `TaskFailure` for those of security. */
export function reportUnasked(properties: ClientProperties, log: TaskLogger): void {
  const names = properties.unasked().filter((name) => !WITHOUT_NOTICE.has(name));
  const unsafe = names.filter((name) => OF_SECURITY.test(name));
  if (unsafe.length > 0)
    throw new TaskFailure(
      `The connection can't be made as it is asked for, since ${listed(unsafe)} is not supported here. ` +
        "Take it out, or log in with SASL PLAIN or SCRAM, or with certificates as PEM or PKCS 12.",
    );
  if (names.length > 0) log.warn(`Properties of the client without effect here: ${names.join(", ")}.`);
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
