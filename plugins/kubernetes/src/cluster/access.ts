/** How a cluster is reached, and as whom. */
export interface ClusterAccess {
  /** Address of the API server, without a slash at its end. */
  readonly server: string;
  /** The namespace of who names none. */
  readonly namespace?: string | undefined;
  readonly tls: TlsOptions;
  /** Address of a proxy on the way. */
  readonly proxy?: string | undefined;
  /** Headers of each request: who asks. Read anew for each, since tokens change. */
  readonly headers: () => Promise<Readonly<Record<string, string | string[]>>>;
  /** When to find out anew, in epoch milliseconds. */
  readonly expiresAt?: number | undefined;
}

export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** The name in the server's certificate, where it is not that of the address. */
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
  /** Whether the certificate may name another host. */
  readonly isAnyHost?: boolean | undefined;
}

export function basicHeader(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
