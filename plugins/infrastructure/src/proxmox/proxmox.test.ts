import type { IncomingHttpHeaders } from "node:http";
import { type JsonMap, TaskFailure, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { backupList } from "./backup-list.ts";
import { backupRestore } from "./backup-restore.ts";
import { listResources } from "./list-resources.ts";
import { snapshotCreate } from "./snapshot-create.ts";
import { snapshotRollback } from "./snapshot-rollback.ts";
import { vmDelete } from "./vm-delete.ts";
import { vmMigrate } from "./vm-migrate.ts";

// The work is at another node than the one that is asked.
const UPID = "UPID:pve2:0000C350:0012D687:65E1A2B3:qmigrate:100:root@pam:";
const TICKET = "PVE:root@pam:65E1A2B3::c2lnbmVk+/==";
const CSRF = "65E1A2B3:csrf";
const RESOURCES = [
  { id: "qemu/100", type: "qemu", vmid: 100, name: "billing", node: "pve", status: "running", maxmem: 1 },
  { id: "qemu/101", type: "qemu", vmid: 101, name: "drill", node: "pve", status: "stopped" },
  { id: "lxc/102", type: "lxc", vmid: 102, name: "twin", node: "pve", status: "stopped" },
  { id: "qemu/103", type: "qemu", vmid: 103, name: "twin", node: "pve", status: "stopped" },
];
const BY_TOKEN = { tokenId: "root@pam!capstan", tokenSecret: "pve-token-secret" };
const BY_PASSWORD = { username: "root@pam", password: "pve-password" };

const started = { body: { data: UPID } };

/** As Proxmox documents what it takes. */
const routes = (statuses: Readonly<Record<string, string>>[]): Record<string, Route> => ({
  "POST /api2/json/access/ticket": {
    form: z.strictObject({ username: z.literal("root@pam"), password: z.literal("pve-password") }),
    answer: { body: { data: { username: "root@pam", ticket: TICKET, CSRFPreventionToken: CSRF } } },
  },
  "GET /api2/json/cluster/resources": {
    params: z.strictObject({ type: z.enum(["vm", "node", "storage", "sdn"]).optional() }),
    answer: { body: { data: RESOURCES } },
  },
  "DELETE /api2/json/nodes/pve/qemu/101": { answer: started },
  ...Object.fromEntries(
    ["100", "101"].map((vmid) => [
      `POST /api2/json/nodes/pve/qemu/${vmid}/migrate`,
      { form: z.strictObject({ target: z.string(), online: z.literal("1").optional() }), answer: started },
    ]),
  ),
  ...Object.fromEntries(
    ["qemu/100", "lxc/102"].map((guest) => [
      `POST /api2/json/nodes/pve/${guest}/snapshot`,
      {
        form: z.strictObject({
          snapname: z.string().regex(/^[a-z][\w-]*$/i),
          description: z.string().min(1).optional(),
        }),
        answer: started,
      },
    ]),
  ),
  "POST /api2/json/nodes/pve/qemu/100/snapshot/before/rollback": { answer: started },
  "GET /api2/json/nodes/pve/storage/backups/content": {
    params: z.strictObject({ content: z.literal("backup") }),
    answer: {
      body: { data: [{ volid: "backups:backup/a.vma.zst", format: "vma.zst", size: 5, ctime: 6, content: "backup" }] },
    },
  },
  "POST /api2/json/nodes/pve/qemu": {
    form: z.strictObject({ vmid: z.string(), storage: z.string(), archive: z.string() }),
    answer: started,
  },
  "POST /api2/json/nodes/pve/lxc": {
    form: z.strictObject({ vmid: z.string(), storage: z.string(), ostemplate: z.string(), restore: z.literal("1") }),
    answer: started,
  },
  [`GET /api2/json/nodes/pve2/tasks/${encodeURIComponent(UPID)}/status`]: {
    answer: () => ({ body: { data: { upid: UPID, ...(statuses.length > 1 ? statuses.shift() : statuses[0]) } } }),
  },
});

function isAllowed({ authorization, cookie, csrfpreventiontoken }: IncomingHttpHeaders): boolean {
  if (authorization !== undefined) return authorization === "PVEAPIToken=root@pam!capstan=pve-token-secret";
  // Only whoever logs in has none; reading needs no second token.
  return (
    cookie === undefined ||
    (cookie === `PVEAuthCookie=${encodeURIComponent(TICKET)}` &&
      [undefined, CSRF].includes(csrfpreventiontoken as string))
  );
}

interface Run {
  readonly statuses?: readonly Readonly<Record<string, string>>[];
  readonly credentials?: JsonMap;
  readonly signal?: AbortSignal;
}

async function run(task: TaskDefinition, properties: JsonMap, options: Run = {}) {
  const { statuses = [{ status: "stopped", exitstatus: "OK" }], credentials = BY_TOKEN, signal } = options;
  await using proxmox = await startStrictServer(isAllowed, routes([...statuses]));
  await using world = createTestWorld(signal === undefined ? {} : { signal });
  const outcome = await world.run(task, { host: proxmox.url, node: "pve", ...credentials, ...properties });
  const forms = proxmox.received
    .filter(({ method, url }) => method === "POST" && !url.endsWith("/ticket"))
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  return { ...outcome, forms, received: proxmox.received, world };
}

test.each([BY_TOKEN, BY_PASSWORD])("a machine is deleted with the credentials of %j", async (credentials) => {
  const { outputs, message } = await run(vmDelete, { vmName: "drill" }, { credentials });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ vmId: "101", vmName: "drill", upid: UPID });
});

test("what a login gives is masked, and changes come with its second token", async () => {
  const { received, world } = await run(vmDelete, { vmName: "101" }, { credentials: BY_PASSWORD });
  expect(world.masked).toEqual([TICKET, CSRF]);
  const changes = received.filter(({ method }) => method === "DELETE");
  expect(changes.map(({ headers }) => headers["csrfpreventiontoken"])).toEqual([CSRF]);
});

test.each([
  [{ vmName: "billing" }, { target: "pve2", online: "1" }],
  [{ vmName: "101" }, { target: "pve2" }],
  [{ vmName: "100", online: false }, { target: "pve2" }],
])("a machine %j is migrated with %j", async (properties, form) => {
  const { state, forms } = await run(vmMigrate, { ...properties, targetNode: "pve2" });
  expect([state, forms]).toEqual(["SUCCESS", [form]]);
});

test.each([
  [
    { vmName: "billing", snapDescription: "Before" },
    { snapname: "before", description: "Before" },
  ],
  [{ vmName: "102", resourceType: "container" }, { snapname: "before" }],
  [{ vmName: "102", resourceType: "CONTAINER", snapDescription: "" }, { snapname: "before" }],
])("a snapshot of %j is taken with %j", async (properties, form) => {
  const { state, message, forms } = await run(snapshotCreate, { snapName: "before", ...properties });
  expect([state, message, forms]).toEqual(["SUCCESS", undefined, [form]]);
});

test("a machine is rolled back", async () => {
  const { outputs } = await run(snapshotRollback, { vmName: "billing", snapName: "before" });
  expect(outputs).toEqual({ vmId: "100", vmName: "billing", upid: UPID });
});

test("backups are listed", async () => {
  const { outputs } = await run(backupList, { storage: "backups" });
  expect(outputs).toEqual({ backups: [{ volid: "backups:backup/a.vma.zst", format: "vma.zst", size: 5, ctime: 6 }] });
});

test.each([
  ["VM", { archive: "backups:backup/a" }],
  ["CONTAINER", { ostemplate: "backups:backup/a", restore: "1" }],
])("a backup of a %s is restored", async (resourceType, source) => {
  const properties = { vmId: "9001", archive: "backups:backup/a", storage: "local-lvm", resourceType };
  const { outputs, forms } = await run(backupRestore, properties);
  expect(outputs).toEqual({ vmId: "9001", upid: UPID });
  expect(forms).toEqual([{ vmid: "9001", storage: "local-lvm", ...source }]);
});

test("resources are listed", async () => {
  const { outputs } = await run(listResources, { typeFilter: "vm" });
  const { maxmem: _, ...first } = RESOURCES[0]!;
  expect(outputs).toEqual({ resources: [first, ...RESOURCES.slice(1)] });
  expect((await run(listResources, {})).received.at(-1)!.url).toBe("/api2/json/cluster/resources");
});

test("work is waited for", async () => {
  const statuses = [{ status: "running" }, { status: "stopped", exitstatus: "OK" }];
  const { state, received } = await run(vmDelete, { vmName: "drill" }, { statuses });
  expect([state, received.filter(({ url }) => url.endsWith("/status")).length]).toEqual(["SUCCESS", 2]);
});

test("work that fails is told with its reason", async () => {
  const statuses = [{ status: "stopped", exitstatus: "VM 101 is running - destroy failed" }];
  expect(await run(vmDelete, { vmName: "drill" }, { statuses })).toMatchObject({
    message: `Proxmox: Deleting the machine drill (${UPID}) ended failed: VM 101 is running - destroy failed`,
    outputs: { upid: UPID },
  });
});

test("work that is done with warnings is done", async () => {
  const statuses = [{ status: "stopped", exitstatus: "WARNINGS: 2" }];
  const { state, world } = await run(vmDelete, { vmName: "drill" }, { statuses });
  expect(state).toBe("SUCCESS");
  expect(world.logs).toContainEqual({
    level: "WARN",
    message: `Deleting the machine drill was done with WARNINGS: 2: see ${UPID} in Proxmox.`,
  });
});

test("a kill ends the waiting", async () => {
  const kill = new AbortController();
  await using proxmox = await startStrictServer(isAllowed, {
    ...routes([]),
    [`GET /api2/json/nodes/pve2/tasks/${encodeURIComponent(UPID)}/status`]: {
      answer: () => {
        setImmediate(() => kill.abort(new TaskFailure("killed")));
        return { body: { data: { status: "running" } } };
      },
    },
  });
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = await world.run(vmDelete, { host: proxmox.url, node: "pve", ...BY_TOKEN, vmName: "drill" });
  expect([outcome.message, world.logs.at(-1)]).toEqual([
    "killed",
    { level: "WARN", message: `Proxmox: Deleting the machine drill (${UPID}) goes on.` },
  ]);
});

test.each([
  ["none", 'Proxmox has no machine "none" that the account may see'],
  ["999", 'Proxmox has no machine "999"'],
  ["twin", 'Proxmox has 2 machines "twin". Give the number'],
])("with the machine %s nothing is changed", async (vmName, expected) => {
  const { message, received } = await run(vmDelete, { vmName });
  expect(message).toContain(expected);
  expect(received.map(({ method }) => method)).toEqual(["GET"]);
});

test.each([{}, { username: "root@pam" }, { tokenId: "a", tokenSecret: "" }])(
  "with the credentials %j nobody is asked",
  async (credentials) => {
    const { message, received } = await run(listResources, {}, { credentials });
    expect(message).toContain("Give `username` and `password`, or `tokenId` and `tokenSecret`");
    expect(received).toEqual([]);
  },
);

test("no message has the secret of a token", async () => {
  const credentials = { tokenId: "a@pam!b", tokenSecret: "hidden-secret" };
  const { message, world } = await run(listResources, {}, { credentials });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden-secret");
});

test("a host alone is asked at its port, over TLS", async () => {
  await using world = createTestWorld();
  const { message } = await world.run(listResources, { host: "127.0.0.1", port: 1, node: "pve", ...BY_TOKEN });
  expect(message).toContain("GET https://127.0.0.1:1/api2/json/cluster/resources failed");
});
