// The routes that Bun's own router finds: keys of up to three segments, cut out and decoded without `request.url`. Hot.

import type { BunRequest } from "bun";
import type { App } from "../app.ts";

type One = BunRequest<"/cache/:key">;
type Two = BunRequest<"/cache/:a/:b">;
type Three = BunRequest<"/cache/:a/:b/:c">;

/** GETs of entries go to the fast lane; HEAD, which Bun would give to GET, and all else to the cold one. */
export function nativeRoutes(app: App) {
  const HEAD = (request: Request) => app.cold(request);
  return {
    "/cache/:key": { GET: (request: One) => app.get(request, request.params.key), HEAD },
    "/cache/:a/:b": {
      GET: (request: Two) => app.get(request, `${request.params.a}/${request.params.b}`),
      HEAD,
    },
    "/cache/:a/:b/:c": {
      GET: (request: Three) =>
        app.get(request, `${request.params.a}/${request.params.b}/${request.params.c}`),
      HEAD,
    },
  };
}
