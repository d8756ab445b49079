// Splits a request's target into path and query, without URL: Bun hands over targets that URL refuses.

export interface RequestTarget {
  /** Begins with `/`; not decoded. */
  readonly path: string;
  /** Without `?`; empty where there is none. */
  readonly query: string;
}

/** `url` is Bun's `Request.url`: absolute, or the bare path where the request named no usable host. */
export function targetOf(url: string): RequestTarget {
  const from = pathStart(url);
  const hash = url.indexOf("#", from);
  const to = hash < 0 ? url.length : hash;
  const mark = url.indexOf("?", from);
  if (mark < 0 || mark > to) return { path: url.slice(from, to), query: "" };
  return { path: url.slice(from, mark), query: url.slice(mark + 1, to) };
}

/** Where the path begins in an absolute `http(s)://host/path`, or 0 in a bare path. Hot. */
export function pathStart(url: string): number {
  if (url.charCodeAt(0) === 47) return 0;
  const slash = url.indexOf("/", 8);
  return slash < 0 ? url.length : slash;
}
