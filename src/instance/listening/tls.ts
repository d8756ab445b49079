// The certificate and its key, read from the files that the settings name, and checked to belong together. Cold.

import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf } from "../../base/bug.ts";
import { SettingError, type Settings } from "../../base/settings/settings.ts";

export interface TlsFiles {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Of TLS 1.2, in OpenSSL's names; those of TLS 1.3 are its own. */
  readonly ciphers: string;
}

/** With forward secrecy and authenticated encryption: no CBC, no RSA key exchange (Mozilla's "intermediate"). */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Nothing where HTTPS is not asked for; throws a SettingError for files that cannot be used. */
export function readTls({ tlsCert, tlsKey }: Pick<Settings, "tlsCert" | "tlsKey">): TlsFiles | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const files = {
    cert: readPem("CACHEE_TLS_CERT", tlsCert),
    key: readPem("CACHEE_TLS_KEY", tlsKey),
    ciphers: CIPHERS,
  };
  const key = parsed<KeyObject>("CACHEE_TLS_KEY has no private key without a passphrase in PEM", () =>
    createPrivateKey(files.key),
  );
  const certificate = parsed(
    "CACHEE_TLS_CERT has no certificate in PEM",
    () => new X509Certificate(files.cert),
  );
  if (certificate.checkPrivateKey(key)) return files;
  throw new SettingError("CACHEE_TLS_KEY is not the key of the certificate in CACHEE_TLS_CERT");
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new SettingError(`${name} cannot be read: ${messageOf(thrown)}`);
  }
}

function parsed<T>(complaint: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new SettingError(complaint);
  }
}
