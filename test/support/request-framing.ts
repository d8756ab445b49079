// Reads bytes as the strictest recipient of RFC 9112 would: which requests they hold, and how they end.
//
// A server may see fewer requests than this, for it may refuse. One that sees another has been smuggled something.

export interface FramedRequest {
  readonly method: string;
  readonly target: string;
}

export interface Framing {
  /** Requests that are all there, in order, up to one that closes the connection. */
  readonly requests: readonly FramedRequest[];
  /** What follows them: nothing, the begin of another, no request at all, or whatever: the connection is closed. */
  readonly ending: "clean" | "partial" | "malformed" | "closed";
}

// DEL is no part of a target, nor of a value; but Bun and other servers let it be, and no harm comes of it.
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\xff]+) HTTP\/1\.([01])$/;
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\xff]*)$/;
const CHUNK_LINE = /^([0-9A-Fa-f]+)[\t\x20-\xff]*$/;

/** `bytes` is Latin-1, a byte a character. */
export function framingOf(bytes: string): Framing {
  const requests: FramedRequest[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf("\r\n\r\n", at);
    const lines = bytes.slice(at, end < 0 ? undefined : end).split("\r\n");
    if (end < 0) return { requests, ending: "partial" };
    const head = readHead(lines);
    if (head === undefined) return { requests, ending: "malformed" };
    const to = bodyEnd(bytes, end + 4, head.fields);
    if (typeof to === "string") return { requests, ending: to };
    requests.push(head);
    at = to.at;
    if (to.isPartial) return { requests, ending: "partial" };
    if (head.closes) return { requests, ending: "closed" };
  }
  return { requests, ending: "clean" };
}

type Fields = readonly (readonly [name: string, value: string])[];

interface Head extends FramedRequest {
  readonly fields: Fields;
  readonly closes: boolean;
}

function readHead([line = "", ...lines]: readonly string[]): Head | undefined {
  const start = REQUEST_LINE.exec(line);
  if (start === null) return undefined;
  const fields: [string, string][] = [];
  for (const text of lines) {
    const match = FIELD_LINE.exec(text);
    if (match === null) return undefined;
    fields.push([match[1]!.toLowerCase(), match[2]!.replace(/[ \t]+$/, "")]);
  }
  const isOld = start[3] === "0";
  if (isOld && valuesOf(fields, "transfer-encoding").length > 0) return undefined;
  const connection = valuesOf(fields, "connection")
    .join(",")
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/);
  const closes = isOld || connection.includes("close") || start[1] === "CONNECT";
  return { method: start[1]!, target: start[2]!, fields, closes };
}

function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([other]) => other === name).map(([, value]) => value);
}

type BodyEnd = "partial" | "malformed" | { readonly at: number; readonly isPartial: boolean };

function bodyEnd(bytes: string, from: number, fields: Fields): BodyEnd {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (codings.length > 0) {
    // Fields of one name are one list, and empty members of a list do not count (RFC 9110 §5.6.1).
    const members = codings
      .join(",")
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/)
      .filter((member) => member !== "");
    const isChunked = members.length === 1 && members[0] === "chunked" && lengths.length === 0;
    return isChunked ? chunksEnd(bytes, from) : "malformed";
  }
  if (lengths.length === 0) return { at: from, isPartial: false };
  if (lengths.some((length) => !/^\d+$/.test(length) || length !== lengths[0])) return "malformed";
  const at = from + Number(lengths[0]);
  return at > bytes.length ? "partial" : { at, isPartial: false };
}

function chunksEnd(bytes: string, from: number): BodyEnd {
  let at = from;
  for (;;) {
    const end = bytes.indexOf("\r\n", at);
    const match = CHUNK_LINE.exec(bytes.slice(at, end < 0 ? undefined : end));
    if (end < 0) return "partial";
    if (match === null) return "malformed";
    const size = Number.parseInt(match[1]!, 16);
    at = end + 2;
    if (size === 0) return trailerEnd(bytes, at);
    if (at + size + 2 > bytes.length) return "partial";
    if (bytes.slice(at + size, at + size + 2) !== "\r\n") return "malformed";
    at += size + 2;
  }
}

/** The last chunk is there, so the body is whole, whatever becomes of the trailer (RFC 9112 §8). */
function trailerEnd(bytes: string, from: number): BodyEnd {
  let at = from;
  for (;;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return { at: bytes.length, isPartial: true };
    if (end === at) return { at: at + 2, isPartial: false };
    if (!FIELD_LINE.test(bytes.slice(at, end))) return { at: bytes.length, isPartial: true };
    at = end + 2;
  }
}
