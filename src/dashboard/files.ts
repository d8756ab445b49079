// The files of the dashboard page, as texts in the program itself: no build step, no disk, one executable. Cold.

// oxlint-disable import/default -- what these imports give is the file's text, not its exports

import askText from "#dashboard/ask.ts" with { type: "text" };
import cardsText from "#dashboard/cards/cards.ts" with { type: "text" };
import chartText from "#dashboard/cards/chart.ts" with { type: "text" };
import laneCardsText from "#dashboard/cards/lane-cards.ts" with { type: "text" };
import panelsText from "#dashboard/cards/panels.ts" with { type: "text" };
import confirmText from "#dashboard/confirm.ts" with { type: "text" };
import elementText from "#dashboard/element.ts" with { type: "text" };
import followText from "#dashboard/follow.ts" with { type: "text" };
import formatText from "#dashboard/format.ts" with { type: "text" };
import healthText from "#dashboard/health.ts" with { type: "text" };
import idlelessText from "#dashboard/idleless.ts" with { type: "text" };
import icon from "#dashboard/icon.svg" with { type: "text" };
import mainText from "#dashboard/main.ts" with { type: "text" };
import page from "#dashboard/page.html" with { type: "text" };
import pollText from "#dashboard/poll.ts" with { type: "text" };
import sampleText from "#dashboard/sample.ts" with { type: "text" };
import eventsText from "#dashboard/sections/events.ts" with { type: "text" };
import requestsText from "#dashboard/sections/requests.ts" with { type: "text" };
import fleetText from "#dashboard/sections/fleet.ts" with { type: "text" };
import keysText from "#dashboard/sections/keys.ts" with { type: "text" };
import sessionText from "#dashboard/session.ts" with { type: "text" };
import style from "#dashboard/style.css" with { type: "text" };
import eventsourceParser from "#eventsource-parser" with { type: "text" };
import uplotStyle from "#uplot/uPlot.min.css" with { type: "text" };
import uplot from "#uplot/uPlot.iife.min.js" with { type: "text" };

export interface PageFile {
  readonly contentType: string;
  readonly text: string;
}

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

const transpiler = new Bun.Transpiler({ loader: "ts", target: "browser" });

/** The browser's modules, by their paths without the ending. */
const MODULES: Readonly<Record<string, string>> = {
  ask: askText,
  "cards/cards": cardsText,
  "cards/chart": chartText,
  "cards/lane-cards": laneCardsText,
  "cards/panels": panelsText,
  confirm: confirmText,
  element: elementText,
  follow: followText,
  format: formatText,
  health: healthText,
  idleless: idlelessText,
  main: mainText,
  poll: pollText,
  sample: sampleText,
  "sections/events": eventsText,
  "sections/fleet": fleetText,
  "sections/keys": keysText,
  "sections/requests": requestsText,
  session: sessionText,
};

/** Libraries, by the names that modules know them by. */
const LIBRARIES: Readonly<Record<string, string>> = {
  "eventsource-parser": eventsourceParser.replace(/\n\/\/# sourceMappingURL=.*/, ""),
  uplot: `${uplot}\nexport default uPlot;\n`,
};

/** The browser's JavaScript of the module at `path`: it names the others, and libraries, by their addresses. */
async function scriptOf(path: string, source: string): Promise<PageFile> {
  const code = await transpiler.transform(source);
  const root = path.includes("/") ? "../" : "./";
  const text = code
    .replaceAll(/from "(\.{1,2}\/[a-z/-]+)\.ts"/g, 'from "$1.js"')
    .replaceAll(/from "([a-z-]+)"/g, (_, name: string) => `from "${root}${name}.js"`);
  return { contentType: SCRIPT, text };
}

/** The page by the name "", its parts by their names below `/dashboard/`. */
export async function dashboardFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const scripts = Object.entries(MODULES).map(
    async ([path, source]) => [`${path}.js`, await scriptOf(path, source)] as const,
  );
  return new Map([
    ["", { contentType: "text/html; charset=utf-8", text: page }],
    ["style.css", { contentType: STYLE, text: style }],
    ["icon.svg", { contentType: "image/svg+xml", text: icon }],
    ["uplot.css", { contentType: STYLE, text: uplotStyle }],
    ...Object.entries(LIBRARIES).map(
      ([name, text]) => [`${name}.js`, { contentType: SCRIPT, text }] as const,
    ),
    ...(await Promise.all(scripts)),
  ]);
}
