import { expect, test } from "vitest";
import { clickhouseAddress } from "./address.ts";

const log = { trace: noLine, debug: noLine, info: noLine, warn: noLine, error: noLine };
function noLine(): void {}

const read = (url: string, properties = {}) => clickhouseAddress({ url, ...properties }, { log });

test.each([
  ["jdbc:clickhouse://db/shop", ["http://db:8123"], "shop"],
  ["jdbc:clickhouse://host.docker.internal:8123/", ["http://host.docker.internal:8123"], undefined],
  ["jdbc:ch://db:9000/?database=shop", ["http://db:9000"], "shop"],
  ["jdbc:clickhouse:http://db:8123/shop", ["http://db:8123"], "shop"],
  ["jdbc:ch:https://db/shop", ["https://db:8443"], "shop"],
  ["jdbc:clickhouse://db:8443/shop", ["https://db:8443"], "shop"],
  ["jdbc:clickhouse://db:1234/shop?ssl=true", ["https://db:1234"], "shop"],
  ["jdbc:clickhouse://a,[::1]:1/shop", ["http://a:8123", "http://[::1]:1"], "shop"],
])("%s is read", (url, origins, database) => {
  expect(read(url)).toMatchObject({ origins, database, user: "default", password: "", trustsAllCertificates: false });
});

test("properties go before the address, and its secrets are masked", () => {
  const masked: string[] = [];
  const mask = (value: string) => void masked.push(value);
  const address = clickhouseAddress({ url: "jdbc:ch://u:p%40w@db", username: "v" }, { log, mask });
  expect(address).toMatchObject({ user: "v", password: "p@w" });
  expect(masked).toEqual(["p@w"]);
});

test("parameters of the address count", () => {
  const url = "jdbc:ch://db?sslmode=NONE&socket_timeout=5000&clickhouse_setting_max_threads=2&nothing=1";
  expect(read(url)).toMatchObject({
    trustsAllCertificates: true,
    silenceMsMax: 5000,
    settings: { max_threads: "2" },
  });
});

test.each(["jdbc:mysql://u:secret@db", "jdbc:ch://u:secret@a:b:c"])("%s is refused without showing it", (url) => {
  expect(() => read(url)).toThrow(/^`url` can't be used: (?!.*secret)/);
});
