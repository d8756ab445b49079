// Parses HTTP/1.1 responses off a byte stream strictly (RFC 9112): whatever is not to the letter is an error.
//
// One leniency: Bun's own parser refuses with a bare head, whose body, delimited by the end of the connection, is
// empty. Such an answer has to be the last; whether the connection does end is the caller's to see.

export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** In the order and spelling in which they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Without framing: Bun's own, from before any handler. */
  readonly isBare: boolean;
  /** The value of the one field `name`, in any case. Throws where there are several. */
  field(name: string): string | undefined;
}

export interface ParsedResponses {
  /** Whole responses, the interim (1xx) ones included. */
  readonly responses: readonly RawResponse[];
  /** Bytes after them: the begin of another, or none. */
  readonly restBytes: number;
}

/** What the server sent is not HTTP/1.1. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/;
const FIELD_LINE =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;
const CHUNK_SIZE = /^[0-9A-Fa-f]{1,8}$/;
const HEAD_BYTES_MAX = 64 * 1024;

/** Parses `bytes`; `methods` are those of the requests in order, for a HEAD's answer has no body. */
export function parseResponses(bytes: Buffer, methods: readonly string[] = []): ParsedResponses {
  const responses: RawResponse[] = [];
  let at = 0;
  let finals = 0;
  for (;;) {
    const parsed = parseOne(bytes, at, methods[finals] === "HEAD");
    if (parsed === undefined) return { responses, restBytes: bytes.length - at };
    responses.push(parsed.response);
    if (parsed.response.status >= 200) finals++;
    at = parsed.to;
  }
}

interface Parsed {
  readonly response: RawResponse;
  readonly to: number;
}

function parseOne(bytes: Buffer, from: number, isHead: boolean): Parsed | undefined {
  if (from === bytes.length) return undefined;
  const end = bytes.indexOf("\r\n\r\n", from, "latin1");
  if (end < 0) {
    const begin = bytes.toString("latin1", from, Math.min(bytes.length, from + 9));
    if (!"HTTP/1.1 ".startsWith(begin))
      throw new MalformedResponse(`not a status line: ${show(bytes, from)}`);
    if (bytes.length - from > HEAD_BYTES_MAX) throw new MalformedResponse("a head without an end");
    return undefined;
  }
  const [line = "", ...lines] = bytes.toString("latin1", from, end).split("\r\n");
  const status = STATUS_LINE.exec(line);
  if (status === null) throw new MalformedResponse(`not a status line: ${JSON.stringify(line)}`);
  const fields = lines.map((text): [string, string] => {
    const match = FIELD_LINE.exec(text);
    if (match === null) throw new MalformedResponse(`not a field line: ${JSON.stringify(text)}`);
    return [match[1]!, match[2]!];
  });
  const field = (name: string) => single(fields, name);
  const code = Number(status[1]);
  const content = bodyOf(bytes, end + 4, code, isHead, fields.length, field);
  if (content === undefined) return undefined;
  const { body, isBare = false, to } = content;
  return { response: { status: code, reason: status[2]!, fields, body, isBare, field }, to };
}

function single(fields: RawResponse["fields"], name: string): string | undefined {
  const values = fields.filter(([other]) => other.toLowerCase() === name.toLowerCase());
  if (values.length > 1) throw new MalformedResponse(`${values.length} fields ${name}`);
  return values[0]?.[1];
}

interface Content {
  readonly body: Buffer;
  readonly isBare?: true;
  readonly to: number;
}

/** By RFC 9112 §6.3; of the answers that the connection's end delimits, only the bare ones are let pass. */
function bodyOf(
  bytes: Buffer,
  from: number,
  status: number,
  isHead: boolean,
  fieldsCount: number,
  field: (name: string) => string | undefined,
): Content | undefined {
  const length = field("content-length");
  const coding = field("transfer-encoding");
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new MalformedResponse(`Content-Length: ${length}`);
  if (coding !== undefined && coding !== "chunked")
    throw new MalformedResponse(`Transfer-Encoding: ${coding}`);
  if (length !== undefined && coding !== undefined) throw new MalformedResponse("two ways of framing");
  const none = { body: Buffer.alloc(0), to: from };
  if (status < 200 || status === 204) {
    if (length !== undefined || coding !== undefined) throw new MalformedResponse(`a ${status} with framing`);
    return none;
  }
  if (isHead || status === 304) return none;
  if (coding !== undefined) return chunked(bytes, from);
  if (length === undefined) {
    const isLast = fieldsCount === (field("connection") === "close" ? 1 : 0) && from === bytes.length;
    if (isLast) return { ...none, isBare: true };
    throw new MalformedResponse(`a ${status} with no framing`);
  }
  const to = from + Number(length);
  return to > bytes.length ? undefined : { body: bytes.subarray(from, to), to };
}

function chunked(bytes: Buffer, from: number): Content | undefined {
  const chunks: Buffer[] = [];
  let at = from;
  for (;;) {
    const end = bytes.indexOf("\r\n", at, "latin1");
    if (end < 0) return undefined;
    const line = bytes.toString("latin1", at, end);
    if (!CHUNK_SIZE.test(line)) throw new MalformedResponse(`not a chunk's size: ${JSON.stringify(line)}`);
    const to = end + 2 + Number.parseInt(line, 16);
    if (to + 2 > bytes.length) return undefined;
    if (bytes.toString("latin1", to, to + 2) !== "\r\n")
      throw new MalformedResponse("a chunk of another size");
    if (to === end + 2) return { body: Buffer.concat(chunks), to: to + 2 };
    chunks.push(bytes.subarray(end + 2, to));
    at = to + 2;
  }
}

function show(bytes: Buffer, from: number): string {
  return JSON.stringify(bytes.toString("latin1", from, from + 80));
}
