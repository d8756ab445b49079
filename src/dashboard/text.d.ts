// What an import of a file's text gives (`with { type: "text" }`): see "imports" in package.json.

declare const text: string;
export = text;
