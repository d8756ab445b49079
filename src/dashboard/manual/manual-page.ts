// One document as a page: its markdown as HTML, beside links to the others. Cold.

export interface ManualLink {
  readonly name: string;
  readonly title: string;
}

export interface ManualPage extends ManualLink {
  readonly markdown: string;
  /** All pages, in the order of the navigation. */
  readonly links: readonly ManualLink[];
}

const CONTENTS = "README.md";

export function manualPage({ name, title, markdown, links }: ManualPage): string {
  const items = links.map((link) => {
    const current = link.name === name ? ' aria-current="page"' : "";
    return `<li><a href="${addressOf(link.name)}"${current}>${Bun.escapeHTML(link.title)}</a></li>`;
  });
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${Bun.escapeHTML(title)} · Cachee</title>
    <link rel="icon" type="image/svg+xml" href="../dashboard/icon.svg" />
    <link rel="stylesheet" href="style.css" />
  </head>
  <body>
    <a class="skip" href="#content">Skip to the text</a>
    <header><a href="./">Cachee</a> <a href="../dashboard">Dashboard</a></header>
    <nav aria-label="Documents"><ul>${items.join("")}</ul></nav>
    <main id="content">${contentOf(markdown)}</main>
  </body>
</html>
`;
}

/** The contents' address is the folder's own. */
function addressOf(name: string): string {
  return name === "" ? "./" : name;
}

/** HTML whose links lead to pages here; what a link to another file of the project says stays as text. */
function contentOf(markdown: string): string {
  const html = Bun.markdown.html(markdown, { headings: { ids: true } });
  return new HTMLRewriter()
    .on("a", {
      element(link) {
        const target = link.getAttribute("href") ?? "";
        const [path = "", anchor] = target.split("#");
        if (/^https?:/.test(target) || path === "" || path === "openapi.yaml") return;
        if (path.includes("/") || !path.endsWith(".md")) return void link.removeAndKeepContent();
        const name = path === CONTENTS ? "" : path.slice(0, -".md".length);
        link.setAttribute("href", addressOf(name) + (anchor === undefined ? "" : `#${anchor}`));
      },
    })
    .on("pre, table", {
      // What is wider than the page is scrolled, with the keyboard too.
      element: (element) => void element.setAttribute("tabindex", "0"),
    })
    .transform(html);
}
