// What an import of a file gives (`with { type: "file" }`), its path: see "imports" in package.json.

declare const path: string;
export = path;
