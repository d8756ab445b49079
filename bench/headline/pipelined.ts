// HTTP/1.1 GETs in pipelines from bare sockets: `bun bench/headline/pipelined.ts URL PATH KEY DEPTH SECONDS` prints how many were answered.

const CONNECTIONS = 16;

const [url = "", path = "", key = "", depth = "", seconds = ""] = process.argv.slice(2);
const { hostname, port, host } = new URL(url);
const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nx-api-key: ${key}\r\n\r\n`;
const pipeline = Buffer.from(request.repeat(Number(depth)));

/** Bytes of one answer: all are alike. */
async function answerBytes(): Promise<number> {
  const answered = Promise.withResolvers<number>();
  let text = "";
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, chunk) {
        text += chunk.toString("latin1");
        const head = text.indexOf("\r\n\r\n");
        const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
        if (head < 0 || length === undefined) return;
        if (text.length >= head + 4 + Number(length)) answered.resolve(text.length);
      },
      close: () => answered.reject(new Error(`the connection was closed: ${text}`)),
    },
  });
  socket.write(request);
  const bytes = await answered.promise;
  socket.end();
  return bytes;
}

const bytesEach = await answerBytes();
const untilMs = performance.now() + Number(seconds) * 1_000;
let answered = 0;

async function drive(): Promise<void> {
  const finished = Promise.withResolvers<void>();
  let got = 0;
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(from, chunk) {
        got += chunk.length;
        if (got < bytesEach * Number(depth)) return;
        got = 0;
        answered += Number(depth);
        if (performance.now() < untilMs) from.write(pipeline);
        else finished.resolve();
      },
      close: () => finished.resolve(),
    },
  });
  socket.write(pipeline);
  await finished.promise;
  socket.end();
}

await Promise.all(Array.from({ length: CONNECTIONS }, drive));
process.stdout.write(String(answered));

export {};
