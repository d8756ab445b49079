// Bare Bun servers: `bun bare-server.ts static|clone|origin BYTES` prints the port that it listens on.

import { FIELDS, noise } from "../../load/value.ts";

const [kind = "", bytes = ""] = process.argv.slice(2);
const value = noise(Number(bytes));
const common = { port: 0, hostname: "127.0.0.1", development: false } as const;
const responseOf = (body: Uint8Array<ArrayBuffer>) => new Response(body, { headers: FIELDS });

function serve() {
  switch (kind) {
    case "static":
      return Bun.serve({ ...common, routes: { "/cache/*": responseOf(value) } });
    case "clone":
      return serveClones();
    case "origin":
      return Bun.serve({ ...common, fetch: () => responseOf(value) });
    default:
      throw new Error("which one: static, clone or origin");
  }
}

/** One Response for all keys, cloned for each GET, exchanged by each PUT. */
function serveClones() {
  let current = responseOf(value);
  const put = async (request: Request) => {
    current = responseOf(new Uint8Array(await request.arrayBuffer()));
    return new Response(null, { status: 204 });
  };
  return Bun.serve({
    ...common,
    fetch: (request) => (request.method === "PUT" ? put(request) : (current.clone() as Response)),
  });
}

process.stdout.write(`listening on ${serve().port}\n`);
