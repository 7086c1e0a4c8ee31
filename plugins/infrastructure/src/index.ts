import { definePlugin } from "@capstan/sdk";
import { accessRuleCreate } from "./cloudflare/access-rule-create.ts";
import { accessRuleDelete } from "./cloudflare/access-rule-delete.ts";
import { accessRuleList } from "./cloudflare/access-rule-list.ts";
import { cachePurge } from "./cloudflare/cache-purge.ts";
import { dnsBatch } from "./cloudflare/dns-batch.ts";
import { dnsCreate } from "./cloudflare/dns-create.ts";
import { dnsDelete } from "./cloudflare/dns-delete.ts";
import { dnsGet } from "./cloudflare/dns-get.ts";
import { dnsList } from "./cloudflare/dns-list.ts";
import { dnsUpdate } from "./cloudflare/dns-update.ts";
import { dnsUpsert } from "./cloudflare/dns-upsert.ts";
import { zoneGet } from "./cloudflare/zone-get.ts";
import { zoneList } from "./cloudflare/zone-list.ts";
import { deviceList } from "./netbox/device-list.ts";
import { evaluate } from "./opa/evaluate.ts";
import { upload } from "./opa/upload.ts";
import { backupList } from "./proxmox/backup-list.ts";
import { backupRestore } from "./proxmox/backup-restore.ts";
import { listResources } from "./proxmox/list-resources.ts";
import { snapshotCreate } from "./proxmox/snapshot-create.ts";
import { snapshotRollback } from "./proxmox/snapshot-rollback.ts";
import { vmDelete } from "./proxmox/vm-delete.ts";
import { vmMigrate } from "./proxmox/vm-migrate.ts";

const cloudflare = [
  dnsCreate,
  dnsUpsert,
  dnsUpdate,
  dnsGet,
  dnsList,
  dnsDelete,
  dnsBatch,
  zoneGet,
  zoneList,
  cachePurge,
  accessRuleCreate,
  accessRuleList,
  accessRuleDelete,
];

const proxmox = [vmDelete, vmMigrate, snapshotCreate, snapshotRollback, backupList, backupRestore, listResources];

export default definePlugin({
  name: "infrastructure",
  title: "Infrastructure",
  category: "Infrastructure",
  definitions: [...cloudflare, ...proxmox, deviceList, evaluate, upload],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "servers of the tests that refuse what the services don't document" },
    { types: "io.kestra.plugin.ee.opa", kind: "real", what: "Open Policy Agent" },
  ],
});
