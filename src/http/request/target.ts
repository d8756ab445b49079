// Splits a request's target into path and query, without URL: Bun hands over targets that URL refuses.

export interface RequestTarget {
  /** Begins with `/`; not decoded. A `#` that a client sent is still in it: no request target has one. */
  readonly path: string;
  /** Without `?`; empty where there is none. */
  readonly query: string;
}

/** `url` is Bun's `Request.url`: absolute and normalised, or the bare path, as sent, of a request without a host. */
export function targetOf(url: string): RequestTarget {
  if (url.startsWith("/")) return targetOf(new URL(`http://host${url}`).href);
  const from = pathStart(url);
  const mark = url.indexOf("?", from);
  return mark < 0
    ? { path: url.slice(from), query: "" }
    : { path: url.slice(from, mark), query: url.slice(mark + 1) };
}

/** Where the path begins in an absolute `http(s)://host/path`; the end in a bare path. Hot. */
export function pathStart(url: string): number {
  if (url.charCodeAt(0) === 47) return url.length;
  const slash = url.indexOf("/", 8);
  return slash < 0 ? url.length : slash;
}
