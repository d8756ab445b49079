// Blocking TCP sockets and an epoll set of Linux, by libc itself: a generator that allocates nothing has no pauses of its own. Hot.

import { dlopen, ptr } from "bun:ffi";

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const MSG_NOSIGNAL = 0x4000;
/** Whole requests fit, so that a send never waits for the server to read. */
const SEND_BUFFER_BYTES = 1 << 20;
const EVENTS_MAX = 256;
/** `struct epoll_event` is packed on x86-64 alone. */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA_AT = process.arch === "x64" ? 4 : 8;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
});

/** Connections to one port of the loopback interface, by number, and what the last wait found readable. */
export class Sockets {
  readonly count: number;
  readonly #descriptors: Int32Array;
  readonly #epoll = libc.epoll_create1(0);
  readonly #events = new DataView(new ArrayBuffer(EVENT_BYTES * EVENTS_MAX));
  readonly #eventsAt = Number(ptr(this.#events));

  constructor(port: number, count: number) {
    this.count = count;
    this.#descriptors = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const descriptor = connect(port);
      this.#descriptors[i] = descriptor;
      const event = new DataView(new ArrayBuffer(EVENT_BYTES));
      event.setUint32(0, EPOLLIN, true);
      event.setInt32(EVENT_DATA_AT, i, true);
      if (libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, descriptor, ptr(event)) !== 0)
        throw new Error("epoll_ctl failed");
    }
  }

  /** How many connections have something to read, after `timeoutMs` at the latest; `readable` names them. */
  wait(timeoutMs: number): number {
    return libc.epoll_wait(this.#epoll, this.#eventsAt as never, EVENTS_MAX, timeoutMs);
  }

  readable(event: number): number {
    return this.#events.getInt32(event * EVENT_BYTES + EVENT_DATA_AT, true);
  }

  /** Bytes read to `address`, at most `bytesMax`; throws when the server has closed the connection. */
  receive(connection: number, address: number, bytesMax: number): number {
    const got = Number(libc.recv(this.#descriptors[connection]!, address as never, bytesMax, 0));
    if (got <= 0) throw new Error("the server closed a connection");
    return got;
  }

  send(connection: number, address: number, bytes: number): void {
    let sent = 0;
    while (sent < bytes) {
      const took = Number(
        libc.send(this.#descriptors[connection]!, (address + sent) as never, bytes - sent, MSG_NOSIGNAL),
      );
      if (took <= 0) throw new Error("the server takes nothing any more");
      sent += took;
    }
  }
}

function connect(port: number): number {
  const address = new DataView(new ArrayBuffer(16));
  address.setUint16(0, AF_INET, true);
  address.setUint16(2, port, false);
  address.setUint32(4, 0x7f_00_00_01, false);
  const descriptor = libc.socket(AF_INET, SOCK_STREAM, 0);
  setOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  setOption(descriptor, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
  if (libc.connect(descriptor, ptr(address), 16) !== 0) throw new Error(`nobody listens on port ${port}`);
  return descriptor;
}

function setOption(descriptor: number, level: number, option: number, value: number): void {
  libc.setsockopt(descriptor, level, option, ptr(new Int32Array([value])), 4);
}
