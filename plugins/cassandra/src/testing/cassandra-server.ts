import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { freePort, mavenJars, startProgram } from "@capstan/sdk/test-kit";

/** A real server of Cassandra, which lets nobody in without a password. */
export interface CassandraServer extends AsyncDisposable {
  readonly port: number;
  /** The property that connects to it. */
  readonly session: JsonMap & { readonly endpoints: readonly JsonMap[] };
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** As in the `pom.xml`. */
const VERSION = "5.0.4";
const SOURCES = join(import.meta.dirname, "cassandra");
const INSTALL = "apt-get install maven default-jdk, and a registry of Maven";
const START_MS_MAX = 180_000;
/** Modules of Java that its own scripts open for it. */
const EXPORTS =
  "java.base/jdk.internal.misc java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server java.sql/java.sql java.base/java.lang.ref jdk.unsupported/sun.misc";
const OPENS =
  "java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal java.base/sun.nio.ch java.base/java.io java.base/java.lang java.base/java.util java.base/java.nio";
/** How it is found out whether somebody may come in, who is there from the start. */
const USER = { username: "cassandra", password: "cassandra" };

/** Starts a server. With `encryption`, lines of its settings, it is as they say. */
export async function startCassandra(encryption: (folder: string) => string = () => ""): Promise<CassandraServer> {
  const jars = await mavenJars(`cassandra-${VERSION}`, join(SOURCES, "pom.xml"));
  const storagePort = await freePort();
  const server = await startProgram({
    command: "java",
    args: ({ port, folder }) => {
      const settings = join(folder, "cassandra.yaml");
      mkdirSync(folder, { recursive: true });
      writeFileSync(settings, settingsOf(port, storagePort) + encryption(folder));
      return [
        ...EXPORTS.split(" ").flatMap((name) => ["--add-exports", `${name}=ALL-UNNAMED`]),
        ...OPENS.split(" ").flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
        ..."-Xmx400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener".split(
          " ",
        ),
        `-Dcassandra.config=file://${settings}`,
        `-Dcassandra.storagedir=${folder}`,
        ..."-Dcassandra-foreground=yes -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=100 -Dcassandra.superuser_setup_delay_ms=0".split(
          " ",
        ),
        "-cp",
        join(jars, "*"),
        "org.apache.cassandra.service.CassandraDaemon",
      ];
    },
    install: INSTALL,
    startMsMax: START_MS_MAX,
    ...(encryption("") === "" && { isReady: ({ port }) => letsIn(port) }),
  });
  const session = {
    endpoints: [{ hostname: "127.0.0.1", port: server.port }],
    localDatacenter: "datacenter1",
    ...USER,
  };
  return {
    port: server.port,
    session,
    kill: () => server.kill(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function settingsOf(port: number, storagePort: number): string {
  return `
cluster_name: tests
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
commitlog_sync: periodic
commitlog_sync_period: 10000ms
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: ${storagePort}
native_transport_port: ${port}
authenticator: PasswordAuthenticator
endpoint_snitch: SimpleSnitch
auto_snapshot: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:${storagePort}"
`;
}

/** The first user is made when the server listens already. */
async function letsIn(port: number): Promise<boolean> {
  const { Client } = await import("cassandra-driver");
  const contactPoints = [`127.0.0.1:${port}`];
  const client = new Client({ contactPoints, localDataCenter: "datacenter1", credentials: USER });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.shutdown();
  }
}
