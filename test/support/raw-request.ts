// Writes a request as the bytes of HTTP/1.x, with just what it is told and nothing made right.

export interface RawRequest {
  readonly method?: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly version?: string;
  /** The whole Host field line or lines, or none. */
  readonly host?: string;
  /** Field lines, each with its CRLF. */
  readonly fields?: string;
  /** Sent after the head; a Content-Length goes with it unless `fields` frame it. */
  readonly body?: string;
}

/** The request as Latin-1 text: a byte a character. */
export function rawRequest(request: RawRequest): string {
  const {
    method = "GET",
    target,
    version = "HTTP/1.1",
    host = "Host: cachee.test\r\n",
    fields = "",
    body,
  } = request;
  const isFramed = body === undefined || /^(?:content-length|transfer-encoding):/im.test(fields);
  const length = isFramed ? "" : `Content-Length: ${body.length}\r\n`;
  return `${method} ${target} ${version}\r\n${host}${fields}${length}\r\n${body ?? ""}`;
}
