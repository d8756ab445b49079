// The HTTP caches nginx and Varnish as peers. Where one takes no writes, a write is what makes it fetch the value from its origin anew.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../load/free-port.ts";
import { FIELDS, noise } from "../../load/value.ts";
import { keyOf, type HttpWay } from "../generator/protocol.ts";
import { CACHE_PATHS, startBare } from "./bun-peers.ts";
import {
  programPath,
  startListening,
  temporaryDirectory,
  type Peer,
  type Place,
  type RunningPeer,
} from "./peer.ts";

/** A GET with this field goes to the origin, and its answer into the cache. */
const REFRESH: HttpWay = {
  ...CACHE_PATHS,
  write: { method: "GET", before: "/cache/", fields: ["X-Refresh: 1"], hasBody: false },
};
const PURGE: HttpWay = {
  ...CACHE_PATHS,
  write: { method: "PURGE", before: "/cache/", fields: [], hasBody: false },
};

export const HTTP_CACHES: readonly Peer[] = [
  {
    name: "nginx, files",
    program: "nginx",
    versionFlag: "-v",
    way: CACHE_PATHS,
    depth: 1,
    start: startFiles,
  },
  {
    name: "nginx, proxy_cache",
    program: "nginx",
    versionFlag: "-v",
    way: REFRESH,
    depth: 1,
    start: (place) => besideOrigin(place, startProxyCache),
  },
  {
    name: "Varnish",
    program: "varnishd",
    versionFlag: "-V",
    way: PURGE,
    depth: 1,
    start: (place) => besideOrigin(place, startVarnish),
  },
];

type StartBeside = (place: Place, originPort: number, directory: string) => Promise<RunningPeer>;

/** With a bare Bun server as origin, on the generator's core. */
async function besideOrigin(place: Place, start: StartBeside): Promise<RunningPeer> {
  const origin = await startBare("origin", place.bytes, place.loadCpu);
  const directory = temporaryDirectory();
  const peer = await start(place, origin.port, directory.path);
  return {
    ...peer,
    async stop() {
      await peer.stop();
      await origin.stop();
      directory.remove();
    },
  };
}

async function startFiles({ serverCpu, keys, bytes }: Place): Promise<RunningPeer> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory.path, "cache"));
  chmodSync(join(directory.path, "cache"), 0o777);
  const own = {
    http: openFiles(keys),
    location: "dav_methods PUT; client_max_body_size 8m;",
  };
  for (let i = 0; i < keys; i++) {
    const path = join(directory.path, "cache", keyOf(i));
    writeFileSync(path, noise(bytes, i + 1));
    chmodSync(path, 0o666);
  }
  const nginx = await startNginx(directory.path, serverCpu, own);
  return {
    ...nginx,
    async stop() {
      await nginx.stop();
      directory.remove();
    },
  };
}

function startProxyCache(
  { serverCpu, keys }: Place,
  originPort: number,
  directory: string,
): Promise<RunningPeer> {
  return startNginx(directory, serverCpu, {
    http:
      `proxy_cache_path ${directory}/cache keys_zone=all:64m max_size=1g inactive=1h use_temp_path=off; ` +
      openFiles(keys),
    location: [
      `proxy_pass http://127.0.0.1:${originPort}; proxy_http_version 1.1; proxy_set_header Connection "";`,
      "proxy_cache all; proxy_cache_valid 200 1h; proxy_ignore_headers Cache-Control Expires Vary;",
      "proxy_cache_bypass $http_x_refresh;",
    ].join(" "),
  });
}

/** As those who want it fast set it: files stay open, and are looked at again each second. */
function openFiles(keys: number): string {
  return `open_file_cache max=${2 * keys}; open_file_cache_valid 1s;`;
}

async function startNginx(
  directory: string,
  cpu: number,
  own: { readonly http: string; readonly location: string },
): Promise<RunningPeer> {
  const port = await freePort();
  const { "Content-Type": type, ...rest } = FIELDS;
  const isFile = !own.location.includes("proxy_pass");
  const fields = Object.entries(rest)
    .filter(([name]) => isFile && name !== "ETag")
    .map(([name, value]) => `add_header ${name} '${value}';`);
  writeFileSync(
    join(directory, "nginx.conf"),
    `
daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; default_type ${type}; sendfile on; tcp_nopush on;
  client_body_temp_path ${directory}/a; proxy_temp_path ${directory}/b; fastcgi_temp_path ${directory}/c;
  uwsgi_temp_path ${directory}/d; scgi_temp_path ${directory}/e;
  ${own.http}
  server { listen 127.0.0.1:${port}; root ${directory}; location /cache/ { ${own.location} ${fields.join(" ")} } }
}
`,
  );
  const command = [programPath("nginx")!, "-p", directory, "-c", join(directory, "nginx.conf")];
  return startListening(command, port, cpu);
}

async function startVarnish(
  { serverCpu }: Place,
  originPort: number,
  directory: string,
): Promise<RunningPeer> {
  const port = await freePort();
  const file = join(directory, "cache.vcl");
  writeFileSync(
    file,
    `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_recv { if (req.method == "PURGE") { return (purge); } return (hash); }
sub vcl_backend_response { set beresp.ttl = 1h; return (deliver); }
`,
  );
  const flags = `-F -j none -n ${directory}/state -a 127.0.0.1:${port} -f ${file} -s malloc,512m`;
  return startListening([programPath("varnishd")!, ...flags.split(" ")], port, serverCpu);
}
