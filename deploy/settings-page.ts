// Makes docs/settings.md of the table of settings: `bun run docs:settings`. A test holds the page to the table.

import { join } from "node:path";
import { SETTINGS } from "../src/base/settings/table.ts";

const PAGE = join(import.meta.dir, "../docs/settings.md");

const HEAD = `# Settings

Environment variables. An unknown \`CACHEE_*\` name or a value of another form stops the start with one line that names it, and
exit code 78. This page is made by \`bun run docs:settings\` of the table in [table.ts](../src/base/settings/table.ts), which
\`cachee serve --help\` prints as well.

| name | default | what it is | its form |
| --- | --- | --- | --- |
`;

/** The page, before it is formatted. */
function settingsPage(): string {
  const rows = Object.values(SETTINGS).map(
    ({ name, default: fallback, what, type }) =>
      `| \`${name}\` | ${fallback ? `\`${fallback}\`` : "none"} | ${cell(what)} | ${cell(type.form)} |\n`,
  );
  return HEAD + rows.join("");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("*", "\\*");
}

await Bun.write(process.argv[2] ?? PAGE, settingsPage());
