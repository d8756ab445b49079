// Runs nginx as a reference: one worker, no access log, the value as a file, from a configuration of its own.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinned } from "./child.ts";
import { freePort } from "./free-port.ts";
import { FIELDS, VALUE } from "./value.ts";

export interface Nginx {
  readonly url: string;
  /** Of the worker, which does the work. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts nginx, or gives nothing where it is not installed. */
export async function startNginx(cpu: number): Promise<Nginx | undefined> {
  const path = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
  if (path === null) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "cachee-nginx-"));
  // The worker of an nginx that root started is nobody's.
  chmodSync(directory, 0o755);
  const port = await freePort();
  writeFileSync(join(directory, "value"), VALUE);
  writeFileSync(join(directory, "nginx.conf"), configuration(directory, port));
  const master = Bun.spawn(pinned([path, "-p", directory, "-c", join(directory, "nginx.conf")], cpu), {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async () => {
    master.kill("SIGTERM");
    await master.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    const answered = await fetch(`${url}/cache/any`).then(
      (response) => response.ok,
      () => false,
    );
    const worker = answered ? childOf(master.pid) : undefined;
    if (worker !== undefined) return { url, pid: worker, stop };
    await Bun.sleep(50);
  }
  await stop();
  throw new Error("nginx did not start");
}

function childOf(pid: number): number | undefined {
  const first = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
  return first > 0 ? first : undefined;
}

function configuration(directory: string, port: number): string {
  const { "Content-Type": type, ...rest } = FIELDS;
  const fields = Object.entries(rest)
    .filter(([name]) => name !== "ETag")
    .map(([name, value]) => `add_header ${name} '${value}';`);
  return `
daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; default_type ${type}; sendfile on; tcp_nopush on; open_file_cache max=10;
  client_body_temp_path ${directory}/a; proxy_temp_path ${directory}/b; fastcgi_temp_path ${directory}/c;
  uwsgi_temp_path ${directory}/d; scgi_temp_path ${directory}/e;
  server { listen 127.0.0.1:${port}; root ${directory}; location /cache/ { try_files /value =404; ${fields.join(" ")} } }
}
`;
}
