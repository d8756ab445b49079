// The documents as pages: docs/*.md as HTML, in the program itself, without scripts. Cold.

// oxlint-disable import/default -- what these imports give is the file's text, not its exports

import adapters from "#docs/adapters.md" with { type: "text" };
import client from "#docs/client.md" with { type: "text" };
import coherence from "#docs/coherence.md" with { type: "text" };
import commandLine from "#docs/command-line.md" with { type: "text" };
import fleet from "#docs/fleet.md" with { type: "text" };
import http from "#docs/http.md" with { type: "text" };
import kernel from "#docs/kernel.md" with { type: "text" };
import oneMemory from "#docs/one-memory.md" with { type: "text" };
import openapi from "#docs/openapi.yaml" with { type: "text" };
import operations from "#docs/operations.md" with { type: "text" };
import performance from "#docs/performance.md" with { type: "text" };
import contents from "#docs/README.md" with { type: "text" };
import redisClients from "#docs/redis-clients.md" with { type: "text" };
import settings from "#docs/settings.md" with { type: "text" };
import stampedes from "#docs/stampedes.md" with { type: "text" };
import websocket from "#docs/websocket.md" with { type: "text" };
import style from "#manual/style.css" with { type: "text" };
import type { PageFile } from "../files.ts";
import { manualPage } from "./manual-page.ts";

/** Markdown by its page's name, in the order of the navigation; the contents have the name "". */
const PAGES: Readonly<Record<string, string>> = {
  "": contents,
  client,
  adapters,
  "command-line": commandLine,
  http,
  "redis-clients": redisClients,
  websocket,
  settings,
  fleet,
  coherence,
  stampedes,
  operations,
  performance,
  kernel,
  "one-memory": oneMemory,
};

/** Pages and what they need, by their names below `/docs/`. */
export function manualFiles(): ReadonlyMap<string, PageFile> {
  const links = Object.entries(PAGES).map(([name, markdown]) => ({ name, title: titleOf(markdown) }));
  const pages = Object.entries(PAGES).map(
    ([name, markdown]) =>
      [
        name,
        {
          contentType: "text/html; charset=utf-8",
          text: manualPage({ name, title: titleOf(markdown), markdown, links }),
        },
      ] as const,
  );
  return new Map([
    ...pages,
    ["openapi.yaml", { contentType: "text/yaml; charset=utf-8", text: openapi }],
    ["style.css", { contentType: "text/css; charset=utf-8", text: style }],
  ]);
}

/** Each page begins with `# Title`. */
function titleOf(markdown: string): string {
  return markdown.slice(2, markdown.indexOf("\n"));
}
