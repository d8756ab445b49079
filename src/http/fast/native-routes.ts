// The routes that Bun's own router finds: keys of up to three segments, cut out and decoded without `request.url`. Hot.

import type { BunRequest, Server } from "bun";
import type { App } from "../app.ts";

type One = BunRequest<"/cache/:key">;
type Two = BunRequest<"/cache/:a/:b">;
type Three = BunRequest<"/cache/:a/:b/:c">;

/** GETs of entries go to the fast lane; HEAD, which Bun would give to GET, and all else to the cold one. */
export function nativeRoutes(app: App) {
  const HEAD = (request: Request, server: Server<unknown>) => app.cold(request, server);
  return {
    "/cache/:key": {
      GET: (request: One, server: Server<unknown>) => app.get(request, request.params.key, server),
      HEAD,
    },
    "/cache/:a/:b": {
      GET: (request: Two, server: Server<unknown>) =>
        app.get(request, `${request.params.a}/${request.params.b}`, server),
      HEAD,
    },
    "/cache/:a/:b/:c": {
      GET: (request: Three, server: Server<unknown>) =>
        app.get(request, `${request.params.a}/${request.params.b}/${request.params.c}`, server),
      HEAD,
    },
  };
}
