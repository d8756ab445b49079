// Finds where answers end in a stream of bytes: HTTP/1.1 with a length, and RESP bulk strings.

const CRLF = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/** What the first answer in `bytes` from `start` on comes to; nothing while it is not whole. */
export interface ReplyEnd {
  readonly end: number;
  readonly isGood: boolean;
}

export type FindReply = (bytes: Buffer, start: number) => ReplyEnd | undefined;

/** A 200 is good; any other answer has a length too. */
export const findHttpReply: FindReply = (bytes, start) => {
  const head = bytes.indexOf(HEAD_END, start);
  if (head < 0) return undefined;
  const text = bytes.toString("latin1", start, head);
  const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
  const end = head + HEAD_END.length + length;
  return end > bytes.length ? undefined : { end, isGood: text.startsWith("200", "HTTP/1.1 ".length) };
};

/** A bulk string is good; nil and errors are not. */
export const findRespReply: FindReply = (bytes, start) => {
  const line = bytes.indexOf(CRLF, start);
  if (line < 0) return undefined;
  const length = Number(bytes.toString("latin1", start + 1, line));
  if (bytes[start] !== 0x24 || length < 0) return { end: line + 2, isGood: false };
  const end = line + 2 + length + 2;
  return end > bytes.length ? undefined : { end, isGood: true };
};
