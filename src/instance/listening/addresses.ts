// What an instance listens with: its certificate, its ports, and whether others may listen on them too. Cold.

import type { Settings } from "../../base/settings/settings.ts";
import { claimPorts } from "./port-claim.ts";
import { readTls, type TlsFiles } from "./tls.ts";

export interface Addresses {
  /** As given, with ports that are this instance's. */
  readonly settings: Settings;
  readonly tls: TlsFiles | undefined;
  readonly reusePort: boolean;
  release(): void;
}

/** `isWorker`: its supervisor has claimed the ports, and other workers listen on them. */
export function addressesOf(settings: Settings, isWorker: boolean): Addresses {
  const tls = readTls(settings);
  if (isWorker || tls === undefined) return { settings, tls, reusePort: isWorker, release() {} };
  // A certificate is exchanged by listening anew beside the old listener.
  const { port, respPort, release } = claimPorts(settings);
  return { settings: { ...settings, port, respPort }, tls, reusePort: true, release };
}
