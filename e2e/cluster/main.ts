import { parseArgs } from "node:util";
import { down, status, up } from "./cluster.ts";
import { loadImage, nodes } from "./node.ts";
import { ADMIN, CACHE } from "./place.ts";
import { kubernetesProgram } from "./program.ts";

const USAGE = `A real Kubernetes cluster on this machine, for tests. Needs Linux and root's rights.

npm run cluster                    brings it up, where it is not
npm run cluster -- up --nodes 2    with so many nodes
npm run cluster -- load IMAGE.tar  gives its nodes an image, as \`docker save\` writes it
npm run cluster -- build           builds its program alone, into ${CACHE}
npm run cluster -- status          what runs
npm run cluster -- down            ends and removes it
`;

const { values, positionals } = parseArgs({
  options: { nodes: { type: "string", default: "1" }, help: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [command = "up", ...rest] = positionals;

const commands: Readonly<Record<string, () => Promise<void>>> = {
  up: async () => {
    const begun = Date.now();
    await up(Number(values.nodes));
    process.stdout.write(`the cluster is up, after ${Date.now() - begun} ms: export KUBECONFIG=${ADMIN}\n`);
  },
  down,
  build: async () => void process.stdout.write(`${await kubernetesProgram()}\n`),
  load: async () => {
    for (const node of nodes()) for (const archive of rest) await loadImage(node, archive);
  },
  status: async () => void process.stdout.write(`${(await status()).join("\n")}\n`),
};

const asked = commands[command];
if (values.help || asked === undefined || !/^[1-9]$/.test(values.nodes)) {
  process.stdout.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else await asked();
