/** Where the files lie and how they are reached. Plain data, so that it can be given to a thread. */
export interface S3StorageOptions {
  readonly bucket: string;
  /** Address of the S3 server; that of AWS in the region by default. */
  readonly endpoint?: string | undefined;
  /** By default that of AWS's environment and profiles; with an endpoint `us-east-1`. */
  readonly region?: string | undefined;
  /**
   * What all keys begin with, without slashes at its ends: one bucket may hold several storages. With more than 50 bytes, the longest paths
   * of the tenant `main` make no key any more.
   */
  readonly prefix?: string | undefined;
  /** Without both, credentials come from AWS's environment, profiles, web identity, containers and machines. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  /** Whether the bucket is named in the path instead of the host; by default where there is an endpoint. */
  readonly forcePathStyle?: boolean | undefined;
  /** Larger files are written in parts of so many bytes, at least 5 MiB; a writer holds five of them in memory. */
  readonly partBytes?: number | undefined;
  /** How long a connection may stay silent before the request is tried again, in milliseconds. */
  readonly silenceMsMax?: number | undefined;
  /** How long a start waits for a server that can't be reached, in milliseconds. */
  readonly startMsMax?: number | undefined;
  /** Whether a start looks at the bucket; without, it costs nothing, and the first use tells what is wrong. */
  readonly checksBucket?: boolean | undefined;
  /** Answers URLs from which callers download by themselves, under this address of the server where it has another one for them. */
  readonly downloads?: { readonly endpoint?: string | undefined } | undefined;
}

/** Defaults of the options. */
export const S3_DEFAULTS = Object.freeze({
  partBytes: 8 * 1_048_576,
  silenceMsMax: 30_000,
  startMsMax: 60_000,
});
