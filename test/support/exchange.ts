// One raw request over TCP, and all that comes back until the server closes.

/** Sends `request` to `port` on loopback and resolves with the answer as Latin-1 text. */
export function exchangeText(port: number, request: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    void Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          socket.write(request);
        },
        data(_socket, data) {
          chunks.push(Buffer.from(data));
        },
        close() {
          resolve(Buffer.concat(chunks).toString("latin1"));
        },
        error(_socket, error) {
          reject(error);
        },
        connectError(_socket, error) {
          reject(error);
        },
      },
    });
  });
}
