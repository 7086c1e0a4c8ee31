/** A resource, of any kind. */
export interface Resource {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Metadata {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

/** For people and messages: `deployment/web`. */
export function resourceName({ kind = "resource", metadata }: Resource): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Metadata for outputs, without the record of who wrote which field, which is longer than the rest. */
export function shownMetadata({ metadata }: Resource): Record<string, unknown> {
  const { managedFields: _managedFields, ...shown } = metadata;
  return shown;
}

/** As Kestra has it: a status in a map of its own. */
export function shownStatus({ status }: Resource): { readonly status: Readonly<Record<string, unknown>> } {
  return { status: status ?? {} };
}
