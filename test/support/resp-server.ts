// The real server with its RESP port open, as a process of its own.

import { startServer, type RunningServer, type ServerEnv } from "./server.ts";
import { until } from "./until.ts";

export interface RespServer extends RunningServer {
  readonly respPort: number;
}

export async function startRespServer(env: ServerEnv = {}): Promise<RespServer> {
  const server = await startServer({ CACHEE_RESP_PORT: "0", CACHEE_L1_BYTES_MAX: "64mb", ...env });
  const port = () => /^listening for Redis clients on port (\d+)$/m.exec(server.stdout())?.[1];
  await until(() => port() !== undefined);
  return { ...server, respPort: Number(port()) };
}
