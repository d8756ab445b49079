// The claim of one instance on a port that is listened on with SO_REUSEPORT, which keeps nobody out by itself. Cold.

import type { Settings } from "../../base/settings/settings.ts";
import { bindTo, type Place } from "./bind.ts";

export interface ClaimedPorts {
  readonly port: number;
  readonly respPort: number | undefined;
  release(): void;
}

interface PortClaim {
  readonly port: number;
  release(): void;
}

/** Nothing is served on what claims a port. */
const SILENT = { data() {} };

/** Claims the ports that `settings` ask for, free ones for 0. Throws a SettingError where anybody listens there. */
export function claimPorts({
  host,
  port,
  respPort,
}: Pick<Settings, "host" | "port" | "respPort">): ClaimedPorts {
  const http = claimPort("CACHEE_PORT", host, port);
  try {
    const resp = respPort === undefined ? undefined : claimPort("CACHEE_RESP_PORT", host, respPort);
    const release = () => {
      http.release();
      resp?.release();
    };
    return { port: http.port, respPort: resp?.port, release };
  } catch (thrown) {
    http.release();
    throw thrown;
  }
}

/**
 * Two sockets: until `release`, one in Linux's abstract namespace that names the port, so that of instances which
 * start at once one goes on; and for a moment the port itself without SO_REUSEPORT, which fails beside any listener.
 */
function claimPort(setting: Place["setting"], hostname: string, port: number): PortClaim {
  const place = { setting, address: `${hostname}:${port}` };
  const probe = () => bindTo(place, () => Bun.listen({ hostname, port, exclusive: true, socket: SILENT }));
  const free = port === 0 ? probe() : undefined;
  const claimed = free?.port ?? port;
  const claim = bindTo(place, () => takeName(hostname, claimed));
  try {
    (free ?? probe()).stop(true);
  } catch (thrown) {
    claim?.stop(true);
    throw thrown;
  }
  return { port: claimed, release: () => claim?.stop(true) };
}

/** Throws where the name is taken; nothing where there are no such names (another system, a sandbox). */
function takeName(hostname: string, port: number): { stop(closeAll: boolean): void } | undefined {
  try {
    return Bun.listen({ unix: `\0cachee:${hostname}:${port}`, socket: SILENT });
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE") throw thrown;
    return undefined;
  }
}
