// A bare Bun server to measure against: run as a command with the name of what it does as its argument.

import { FIELDS, VALUE } from "./value.ts";

const ready = new Response(VALUE, { headers: FIELDS });
const common = { port: 0, hostname: "127.0.0.1", development: false } as const;

function serve(kind: string | undefined) {
  switch (kind) {
    case "static":
      return Bun.serve({ ...common, routes: { "/cache/*": ready } });
    case "clone":
      return Bun.serve({ ...common, fetch: () => ready.clone() as Response });
    case "response":
      return Bun.serve({ ...common, fetch: () => new Response(VALUE, { headers: FIELDS }) });
    default:
      throw new Error("which one: static, clone or response");
  }
}

process.stdout.write(`listening on ${serve(process.argv[2]).url.origin}\n`);
