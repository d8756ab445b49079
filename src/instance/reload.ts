// What SIGHUP does: reads keys and certificates again; what is wrong with one leaves the one in force. Cold.

import type { Keyring } from "../auth/keyring.ts";
import { configuredKeys } from "../auth/load-keys.ts";
import type { Log } from "../base/log.ts";
import { SettingError, type Settings } from "../base/settings/settings.ts";
import { readTls, type TlsFiles } from "./listening/tls.ts";

/** A listener that can go on with another certificate. */
export interface TlsUser {
  exchangeTls(tls: TlsFiles): void;
}

export class Reload {
  readonly #settings: Settings;
  readonly #keyring: Keyring;
  readonly #users: readonly TlsUser[];
  readonly #log: Log;
  #tls: TlsFiles | undefined;

  /** `tls` is what `users` have now. */
  constructor(
    settings: Settings,
    keyring: Keyring,
    tls: TlsFiles | undefined,
    users: readonly TlsUser[],
    log: Log,
  ) {
    this.#settings = settings;
    this.#keyring = keyring;
    this.#tls = tls;
    this.#users = users;
    this.#log = log;
  }

  readonly run = (): void => {
    const log = this.#log;
    const keys = refusal(() => this.#readKeys());
    if (keys !== undefined) log.error("keys_not_reloaded", { reason: keys });
    const certificate = refusal(() => this.#readCertificate());
    if (certificate !== undefined) log.error("certificate_not_reloaded", { reason: certificate });
  };

  #readKeys(): void {
    if (this.#settings.keysFile === undefined) return;
    const keys = configuredKeys(this.#settings);
    const log = this.#log;
    if (keys.length === 0) throw new SettingError("CACHEE_KEYS_FILE holds no key");
    this.#keyring.replace(keys);
    log.info("keys_reloaded", { count: keys.length });
  }

  #readCertificate(): void {
    const tls = readTls(this.#settings);
    if (tls === undefined || (tls.cert === this.#tls?.cert && tls.key === this.#tls.key)) return;
    const log = this.#log;
    for (const user of this.#users) user.exchangeTls(tls);
    this.#tls = tls;
    log.info("certificate_reloaded");
  }
}

/** Why `read` found a setting wrong, if it did. */
function refusal(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof SettingError) return thrown.message;
    throw thrown;
  }
}
