import { createHmac } from "node:crypto";

export interface OauthKeys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly accessToken: string;
  readonly accessSecret: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly nonce: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The header of a request that OAuth 1.0a signs with HMAC-SHA1 (RFC 5849). The query is signed, a body of JSON is not. */
export function oauthHeader(keys: OauthKeys, { method, url, nonce, timestamp }: SignedRequest): string {
  const own = {
    oauth_consumer_key: keys.consumerKey,
    oauth_nonce: nonce,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(timestamp),
    oauth_token: keys.accessToken,
    oauth_version: "1.0",
  };
  const address = new URL(url);
  const all = [...Object.entries(own), ...address.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted();
  const base = [method, `${address.origin}${address.pathname}`, all.join("&")].map(encoded).join("&");
  const signature = createHmac("sha1", `${encoded(keys.consumerSecret)}&${encoded(keys.accessSecret)}`)
    .update(base)
    .digest("base64");
  const fields = Object.entries({ ...own, oauth_signature: signature }).toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return `OAuth ${fields.map(([name, value]) => `${encoded(name)}="${encoded(value)}"`).join(", ")}`;
}

/** As RFC 3986 has it, which encodes some characters more than `encodeURIComponent`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
