import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, mavenJars, startProgram } from "@capstan/sdk/test-kit";

/** As in the `pom.xml`. */
const KAFKA_VERSION = "4.1.1";
const INSTALL = "apt-get install default-jre-headless maven";

const REQUEST = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost";
const NAMES = "-addext subjectAltName=DNS:localhost -keyout key.pem -out crt.pem";

/** A real broker with nothing in it, which makes topics of three partitions when they are written to. */
export interface Broker extends AsyncDisposable {
  /** For anybody. */
  readonly servers: string;
  /** For those who log in over TLS. */
  readonly secureServers: string;
  /** PEM of the authority that the broker's certificate is signed by. */
  readonly authority: string;
}

export const USER = { username: "ann", password: "open sesame" };

export async function startKafka(): Promise<Broker> {
  const jars = await mavenJars(`kafka-${KAFKA_VERSION}`, join(import.meta.dirname, "kafka/pom.xml"));
  const [controller, secure] = await Promise.all([freePort(), freePort()]);
  const program = await startProgram({
    command: "java",
    install: INSTALL,
    args({ port, folder }) {
      execFileSync("openssl", `${REQUEST} ${NAMES}`.split(" "), { cwd: folder, stdio: "ignore" });
      writeFileSync(
        join(folder, "broker.pem"),
        `${readFileSync(join(folder, "key.pem"), "utf8")}${readFileSync(join(folder, "crt.pem"), "utf8")}`,
      );
      mkdirSync(join(folder, "data"));
      // What the tool that formats folders writes, without the seconds that it takes.
      writeFileSync(
        join(folder, "data", "meta.properties"),
        "version=1\ncluster.id=Y2Fwc3RhbnRlc3RzMDAwMA\nnode.id=1\n",
      );
      writeFileSync(join(folder, "server.properties"), settings({ port, controller, secure, folder }));
      const jvm = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
      return [...jvm, "-cp", join(jars, "*"), "kafka.Kafka", join(folder, "server.properties")];
    },
  });
  return {
    servers: `127.0.0.1:${program.port}`,
    secureServers: `localhost:${secure}`,
    authority: readFileSync(join(program.folder, "crt.pem"), "utf8"),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

interface Place {
  readonly port: number;
  readonly controller: number;
  readonly secure: number;
  readonly folder: string;
}

function settings({ port, controller, secure, folder }: Place): string {
  const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  const alone = ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"].flatMap((topic) => [
    `${topic}.replication.factor=1`,
    `${topic}.num.partitions=1`,
    `${topic}.min.isr=1`,
  ]);
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=OPEN://127.0.0.1:${port},SECURE://localhost:${secure},CONTROLLER://127.0.0.1:${controller}`,
    "listener.security.protocol.map=OPEN:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name=OPEN",
    "controller.listener.names=CONTROLLER",
    "sasl.enabled.mechanisms=PLAIN",
    "listener.name.secure.ssl.keystore.type=PEM",
    `listener.name.secure.ssl.keystore.location=${join(folder, "broker.pem")}`,
    `listener.name.secure.plain.sasl.jaas.config=${login} user_${USER.username}="${USER.password}";`,
    `log.dirs=${join(folder, "data")}`,
    "num.partitions=3",
    "group.initial.rebalance.delay.ms=0",
    ...alone,
    "",
  ].join("\n");
}
