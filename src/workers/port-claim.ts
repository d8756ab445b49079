// The supervisor's claim on a port that its workers share: they listen with SO_REUSEPORT, which keeps nobody out. Cold.

import { bindTo, type Place } from "../instance/bind.ts";

export interface PortClaim {
  readonly port: number;
  release(): void;
}

/** Nothing is served on what claims a port. */
const SILENT = { data() {} };

/**
 * Claims `port` of `hostname` for this process, a free one for 0. Throws a SettingError where anybody listens there.
 *
 * Two sockets: until `release`, one in Linux's abstract namespace that names the port, so that of supervisors which
 * start at once one goes on; and for a moment the port itself without SO_REUSEPORT, which fails beside any listener.
 */
export function claimPort(setting: Place["setting"], hostname: string, port: number): PortClaim {
  const place = { setting, address: `${hostname}:${port}` };
  const probe = () => bindTo(place, () => Bun.listen({ hostname, port, exclusive: true, socket: SILENT }));
  const free = port === 0 ? probe() : undefined;
  const claimed = free?.port ?? port;
  const claim = process.platform === "linux" ? bindTo(place, () => takeName(hostname, claimed)) : undefined;
  try {
    (free ?? probe()).stop(true);
  } catch (thrown) {
    claim?.stop(true);
    throw thrown;
  }
  return { port: claimed, release: () => claim?.stop(true) };
}

function takeName(hostname: string, port: number): { stop(closeAll: boolean): void } {
  return Bun.listen({ unix: `\0cachee:${hostname}:${port}`, socket: SILENT });
}
