// How many bytes of each connection of a port have been read so far, from the kernel: what Bun says only of whole messages. Cold.
//
// Linux's sock_diag(7) over netlink: a dump of TCP connections with their tcp_info, read a part at a time.

import { dlopen, ptr } from "bun:ffi";

const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_SOCK_DIAG = 4;
/** SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK */
const SOCKET_TYPE = 3 | 0o2000000 | 0o4000;
const SOCK_DIAG_BY_FAMILY = 20;
/** NLM_F_REQUEST | NLM_F_DUMP */
const DUMP = 0x301;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const INET_DIAG_INFO = 2;
const ESTABLISHED = 1 << 1;
const TCP = 6;
const HEADER_BYTES = 16;
const REQUEST_BYTES = 72;
/** Of struct inet_diag_msg, and where it has the port and the last 32 bits of the remote address. */
const ROW_BYTES = 72;
const REMOTE_PORT_AT = 6;
const REMOTE_ADDRESS_AT = 24;
/** Bytes that the process has not read yet. */
const UNREAD_AT = 56;
/** Of struct tcp_info. */
const RECEIVED_AT = 128;
const BUFFER_BYTES = 64 * 1024;

/** A connection by the port and the last 32 bits of the address of its remote end. */
export function peerOf(address: string, port: number): number {
  return lastBits(address) * 65_536 + port;
}

function lastBits(address: string): number {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (quad !== null) return quad.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
  const [high = "", low = ""] = address.split(":").slice(-2);
  return (Number.parseInt(high, 16) || 0) * 65_536 + (Number.parseInt(low, 16) || 0);
}

function openNetlink() {
  if (process.platform !== "linux") return undefined;
  try {
    const { symbols } = dlopen("libc.so.6", {
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
      send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
      recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
      close: { args: ["i32"], returns: "i32" },
    });
    const descriptor = symbols.socket(AF_NETLINK, SOCKET_TYPE, NETLINK_SOCK_DIAG);
    return descriptor < 0 ? undefined : { symbols, descriptor };
  } catch {
    return undefined;
  }
}

export class ReceivedBytes {
  readonly #netlink = openNetlink();
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  /** The address family that is being dumped; 0: none. */
  #family = 0;

  /**
   * Goes on with a dump of the connections of `port`, or begins one: tells up to `partsMax` parts of it, each of some
   * 60 connections, to `visit`. `false`: there is nothing to be had here.
   */
  read(port: number, partsMax: number, visit: (peer: number, bytes: number) => void): boolean {
    const netlink = this.#netlink;
    if (netlink === undefined) return false;
    if (this.#family === 0 && !this.#ask(AF_INET, port)) return false;
    for (let part = 0; part < partsMax && this.#family !== 0; part++) {
      const bytes = Number(netlink.symbols.recv(netlink.descriptor, ptr(this.#buffer), BUFFER_BYTES, 0));
      if (bytes <= 0) {
        this.#family = 0;
        return true;
      }
      if (this.#tell(bytes, visit)) continue;
      const hasMore = this.#family === AF_INET;
      this.#family = 0;
      if (hasMore) this.#ask(AF_INET6, port);
    }
    return true;
  }

  close(): void {
    this.#netlink?.symbols.close(this.#netlink.descriptor);
  }

  #ask(family: number, port: number): boolean {
    const netlink = this.#netlink!;
    const request = Buffer.alloc(REQUEST_BYTES);
    request.writeUInt32LE(REQUEST_BYTES, 0);
    request.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
    request.writeUInt16LE(DUMP, 6);
    request[HEADER_BYTES] = family;
    request[HEADER_BYTES + 1] = TCP;
    request[HEADER_BYTES + 2] = 1 << (INET_DIAG_INFO - 1);
    request.writeUInt32LE(ESTABLISHED, HEADER_BYTES + 4);
    request.writeUInt16BE(port, HEADER_BYTES + 8);
    const sent = Number(netlink.symbols.send(netlink.descriptor, ptr(request), REQUEST_BYTES, 0));
    this.#family = sent === REQUEST_BYTES ? family : 0;
    return this.#family !== 0;
  }

  /** Tells the rows in one part of a dump; `false`: it was the last. */
  #tell(bytes: number, visit: (peer: number, bytes: number) => void): boolean {
    const buffer = this.#buffer;
    for (let at = 0; at + HEADER_BYTES <= bytes;) {
      const size = buffer.readUInt32LE(at);
      const type = buffer.readUInt16LE(at + 4);
      if (type === NLMSG_DONE || type === NLMSG_ERROR || size < HEADER_BYTES) return false;
      const row = at + HEADER_BYTES;
      const end = Math.min(bytes, at + size);
      for (let attribute = row + ROW_BYTES; attribute + 4 <= end;) {
        const attributeBytes = buffer.readUInt16LE(attribute);
        if (attributeBytes < 4) break;
        if (buffer.readUInt16LE(attribute + 2) === INET_DIAG_INFO && attributeBytes >= RECEIVED_AT + 12) {
          const received = Number(buffer.readBigUInt64LE(attribute + 4 + RECEIVED_AT));
          visit(this.#peerAt(row), received - buffer.readUInt32LE(row + UNREAD_AT));
        }
        attribute += (attributeBytes + 3) & ~3;
      }
      at += (size + 3) & ~3;
    }
    return true;
  }

  #peerAt(row: number): number {
    const last = row + REMOTE_ADDRESS_AT + (this.#family === AF_INET ? 0 : 12);
    return this.#buffer.readUInt32BE(last) * 65_536 + this.#buffer.readUInt16BE(row + REMOTE_PORT_AT);
  }
}
