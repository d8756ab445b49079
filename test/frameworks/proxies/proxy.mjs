// What the programs in front have in common: a free port, a start that waits for it, and writes past them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { until } from "../until.mjs";

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs `command` until the function that is returned is called; it listens on `port` now. */
export async function started(command, port) {
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const exited = once(child, "exit");
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended: ${said}`);
    const socket = connect(port, "127.0.0.1");
    const isUp = await new Promise((resolve) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    socket.destroy();
    return isUp;
  });
  return async () => {
    child.kill();
    await exited;
  };
}

export async function put(key, body, headers = {}) {
  const { HTTP_URL, SECRET } = process.env;
  const answer = await fetch(`${HTTP_URL}/cache/${key}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${SECRET}`, "content-type": "text/plain", ...headers },
    body,
  });
  if (!answer.ok) throw new Error(`PUT ${key}: ${answer.status}`);
}
