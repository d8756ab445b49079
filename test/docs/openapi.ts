// Reads docs/openapi.yaml, and the answers that it allows: status, header fields and body of each operation.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";

interface Reference {
  readonly $ref?: string;
}

interface Operation {
  readonly "x-cachee-access": string | readonly string[];
  readonly responses: Readonly<Record<string, AnswerShape & Reference>>;
}

interface AnswerShape {
  readonly headers?: Readonly<Record<string, Reference & { required?: boolean; schema?: object }>>;
  readonly content?: Readonly<Record<string, { schema: object }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export const DOCUMENT_PATH = join(import.meta.dir, "../../docs/openapi.yaml");
export const document = Bun.YAML.parse(readFileSync(DOCUMENT_PATH, "utf8")) as OpenApi;

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, "openapi");

function resolved<T extends Reference>(shape: T): T {
  if (shape.$ref === undefined) return shape;
  let found: unknown = document;
  for (const name of shape.$ref.slice(2).split("/")) found = (found as Record<string, unknown>)[name];
  return found as T;
}

/** Schemas refer to others of the document. */
function faultOf(schema: object, value: unknown): string | undefined {
  const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
  return ajv.validate(JSON.parse(text) as object, value) ? undefined : ajv.errorsText();
}

/** What of an answer to `method path` the document does not allow. */
export async function faultsIn(method: string, path: string, answer: Response): Promise<string[]> {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) return [`${method} ${path} is not in the document`];
  const found =
    operation.responses[String(answer.status)] ??
    (answer.status >= 400 ? operation.responses["default"] : undefined);
  if (found === undefined) return [`${method} ${path} may not answer ${answer.status}`];
  const shape = resolved(found);
  const faults: string[] = [];
  for (const [name, reference] of Object.entries(shape.headers ?? {})) {
    const { required, schema } = resolved(reference);
    const value = answer.headers.get(name);
    if (value === null && required === true) faults.push(`${name} is missing`);
    if (value !== null && schema !== undefined) {
      const read = (resolved(schema) as { type?: string }).type === "integer" ? Number(value) : value;
      const fault = faultOf(schema, read);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
  }
  const body = await answer.text();
  const type = answer.headers.get("content-type")?.split(";")[0];
  const media = shape.content?.[type ?? ""] ?? shape.content?.["*/*"];
  if (shape.content !== undefined && media === undefined && method !== "HEAD")
    faults.push(`a body of type ${type}`);
  if (media !== undefined && type?.endsWith("json") === true) {
    const fault = faultOf(media.schema, JSON.parse(body));
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}
