// Serves with several checkouts' applications in one process, request by request in turn: noise falls on all alike.

import type { BunRequest } from "bun";
import { appOf, type BenchApp } from "./app-of.ts";

const [keys, bytes, ...roots] = process.argv.slice(2);
const apps: BenchApp[] = [];
for (const root of roots) apps.push(await appOf(root, Number(keys), Number(bytes)));
let turn = 0;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  routes: {
    "/latencies": () =>
      Response.json(apps.map(({ latency }) => ({ sumNs: latency.sumNs, buckets: latency.buckets() }))),
    "/cache/:key": {
      GET: (request: BunRequest<"/cache/:key">) => {
        turn = (turn + 1) % apps.length;
        return apps[turn]!.app.get(request, request.params.key);
      },
    },
  },
  fetch: () => new Response(null, { status: 404 }),
});
process.stdout.write(`listening on ${server.url.origin}\n`);
