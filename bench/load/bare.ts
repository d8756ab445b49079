// A bare Bun server to measure against: run as a command with the name of what it does as its argument.

import type { BunRequest } from "bun";
import { FIELDS, VALUE } from "./value.ts";

const ready = new Response(VALUE, { headers: FIELDS });
const common = { port: 0, hostname: "127.0.0.1", development: false } as const;

/** A Response for each key, made when it is first asked for: the memory of as many entries, and nothing checked. */
const byKey = new Map<string, Response>();

function ownOf(key: string): Response {
  const fields = { ...FIELDS, ETag: `"${Bun.hash(key).toString(16)}"` };
  const own = new Response(VALUE.slice(), { headers: fields });
  byKey.set(key, own);
  return own;
}

function serve(kind: string | undefined) {
  switch (kind) {
    case "static":
      return Bun.serve({ ...common, routes: { "/cache/*": ready } });
    case "clone":
      return Bun.serve({ ...common, fetch: () => ready.clone() as Response });
    case "clones": {
      const GET = ({ params }: BunRequest<"/cache/:key">) =>
        (byKey.get(params.key) ?? ownOf(params.key)).clone() as Response;
      return Bun.serve({ ...common, routes: { "/cache/:key": { GET } } });
    }
    case "response":
      return Bun.serve({ ...common, fetch: () => new Response(VALUE, { headers: FIELDS }) });
    default:
      throw new Error("which one: static, clone, clones or response");
  }
}

process.stdout.write(`listening on ${serve(process.argv[2]).url.origin}\n`);
