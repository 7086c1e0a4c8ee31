import { expect, test } from "vitest";
import { sqlServerAddress } from "./address.ts";

type Properties = Parameters<typeof sqlServerAddress>[0];

function read(properties: Partial<Properties> & { readonly url: string }) {
  const masked: string[] = [];
  const debug: string[] = [];
  const log = { debug: (text: string) => void debug.push(text) } as never;
  const address = sqlServerAddress(
    { username: "ada", ...properties },
    {
      log,
      mask: (value) => void masked.push(value),
    },
  );
  return { address, masked, debug };
}

test.each([
  ["jdbc:sqlserver://db", { host: "db", port: 1433, database: undefined, instance: undefined }],
  ["jdbc:sqlserver://db:1434;databaseName=shop", { host: "db", port: 1434, database: "shop" }],
  ["JDBC:sqlserver://db:1434/;database=shop;", { host: "db", port: 1434, database: "shop" }],
  [String.raw`jdbc:sqlserver://db\sales;databaseName=shop`, { host: "db", instance: "sales" }],
  [String.raw`jdbc:sqlserver://db\sales:1500`, { host: "db", port: 1500, instance: undefined }],
  ["jdbc:sqlserver://;serverName=db;portNumber=1500;instanceName=x", { host: "db", port: 1500 }],
  ["jdbc:sqlserver://[::1]:1500", { host: "::1", port: 1500 }],
  [
    "jdbc:sqlserver://db;user=bob;password={p;}}w=1};databaseName={my db}",
    { login: { user: "ada", password: "p;}w=1" }, database: "my db" },
  ],
  ["jdbc:sqlserver://db;applicationIntent=ReadOnly;loginTimeout=3", { readOnly: true, connectMsMax: 3_000 }],
  ["jdbc:sqlserver://db;loginTimeout=0", { readOnly: false, connectMsMax: 15_000 }],
  ["jdbc:sqlserver://db;authentication=SqlPassword;applicationName=x&y", { applicationName: "x&y" }],
])("%s is read", (url, parts) => {
  expect(read({ url }).address).toMatchObject(parts);
});

test.each([
  ["", {}, ["encrypted", "plain"]],
  ["", { encrypt: "OPTIONAL" }, ["encrypted", "plain"]],
  [";encrypt=true", {}, ["verified"]],
  [";encrypt=mandatory", {}, ["verified"]],
  [";encrypt=yes;trustServerCertificate=true", {}, ["encrypted"]],
  [";encrypt=true", { encrypt: "OPTIONAL" }, ["encrypted", "plain"]],
  [";encrypt=false", { encrypt: "TRUE", trustServerCertificate: true }, ["encrypted"]],
  [";encrypt=strict", {}, ["strict"]],
  [";encrypt=false;trustServerCertificate=true", { encrypt: "STRICT" }, ["strict"]],
] as const)("an address with %j and %j is connected to in the ways %j", (query, properties, ways) => {
  expect(read({ url: `jdbc:sqlserver://db${query}`, ...properties }).address.ways).toEqual(ways);
});

test.each([
  [{ url: "jdbc:mysql://db;password=geheim" }, /^`url` can't be used: it does not begin with jdbc:sqlserver:/],
  [{ url: "jdbc:sqlserver://db:70000;password=geheim" }, /its host is no name, with a port or without/],
  [{ url: "jdbc:sqlserver://a b:c;password=geheim" }, /its host is no name/],
  [{ url: "jdbc:sqlserver://db;geheim" }, /behind its first semicolon there is more than name=value;name=value/],
  [{ url: "jdbc:sqlserver://db;password={geheim" }, /behind its first semicolon/],
  [{ url: "jdbc:sqlserver://db;encrypt=geheim" }, /^`encrypt` of `url` is neither/],
  [{ url: "jdbc:sqlserver://db;integratedSecurity=true" }, /asks for a login of Windows or Entra/],
  [{ url: "jdbc:sqlserver://db;authentication=ActiveDirectoryPassword" }, /asks for a login of Windows or Entra/],
  [{ url: "jdbc:sqlserver://db;trustStore=/geheim" }, /names a file with trustStore/],
  [{ url: "jdbc:sqlserver://db", trustStore: "/geheim.jks" }, /^`trustStore` is no PEM/],
  [{ url: "jdbc:sqlserver://db", username: undefined }, /^Nobody connects: give `username`\./],
])("%j is refused, and shows no secret", (properties, reason) => {
  expect(() => read(properties as never)).toThrow(reason);
  expect(() => read(properties as never)).not.toThrow("geheim");
});

test("a password of the address is masked", () => {
  const { masked, debug } = read({ url: "jdbc:sqlserver://db;password=geheim;columnEncryptionSetting=Enabled" });
  expect(masked).toEqual(["geheim"]);
  expect(debug).toEqual(["Parameters of `url` without effect here: columnencryptionsetting."]);
});
