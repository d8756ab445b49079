// Runs the cases on Node with the package's own module: prints what came of each as JSON. Bundled by runtimes.test.ts.

import { WebSocket } from "ws";
import { conformance } from "./conformance.ts";

const [module = "", url = "", apiKey = "", readerKey = "", transport = ""] = process.argv.slice(2);
type ClientModule = Parameters<typeof conformance>[0];
type NearCache = Parameters<typeof conformance>[1]["nearCache"];
const client = (await import(module)) as ClientModule;
const nearCache = { WebSocket } as unknown as NearCache;
const near = transport === "websocket" ? { nearCache } : {};
process.stdout.write(JSON.stringify(await conformance(client, { url, apiKey, readerKey, ...near })));
