// What the test of Node runs there, bundled: the lane's client on the `ws` package, and a line for each thing it saw.

import { WebSocket } from "ws";
import { NearCacheClient, type SocketLike } from "../../src/websocket/client/near-cache.ts";

const [url = "", secret = ""] = process.argv.slice(2);
const socket = new WebSocket(`${url}/ws`, ["cachee.1"], { headers: { "x-api-key": secret } });
await new Promise((resolve, reject) => {
  socket.once("open", resolve);
  socket.once("error", reject);
});
const lane = new NearCacheClient(socket as unknown as SocketLike);
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`created ${await lane.put("node", new TextEncoder().encode("from node"))}`);
const values = await Promise.all(Array.from({ length: 100 }, () => lane.get("node", { keep: true })));
say(`read ${values.filter((copy) => new TextDecoder().decode(copy?.value) === "from node").length}`);
await lane.get("node", { keep: true });
say(`own ${lane.ownHits}`);
const writer = new NearCacheClient(
  await new Promise<SocketLike>((resolve) => {
    const other = new WebSocket(`${url}/ws`, { headers: { "x-api-key": secret } });
    other.once("open", () => resolve(other as unknown as SocketLike));
  }),
);
await writer.put("node", new TextEncoder().encode("changed"));
await lane.prove();
say(`copies ${lane.copies}`);
say(`deleted ${await lane.delete("node")}`);
lane.close();
writer.close();
