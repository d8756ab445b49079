// An ECS endpoint in the test: answers as told, and checks each request's target, body and SigV4 signature.

import { createHash, createHmac } from "node:crypto";

export const ACCESS_KEY = "AKIDEXAMPLE";
export const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
export const REGION = "eu-central-1";

export interface EcsRequest {
  readonly target: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface EcsAnswer {
  readonly status?: number;
  readonly body: object;
}

export interface EcsEndpoint {
  readonly url: string;
  readonly requests: EcsRequest[];
  /** What is wrong with requests so far. */
  readonly faults: string[];
  answer: (request: EcsRequest) => EcsAnswer | Promise<EcsAnswer>;
  stop(): Promise<void>;
}

export function startEcs(): EcsEndpoint {
  const requests: EcsRequest[] = [];
  const faults: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const text = await request.text();
      faults.push(...faultsOf(request, text));
      const target = request.headers.get("x-amz-target") ?? "";
      const read = { target, body: JSON.parse(text) as EcsRequest["body"] };
      requests.push(read);
      const { status = 200, body } = await endpoint.answer(read);
      return new Response(JSON.stringify(body), {
        status,
        headers: { "content-type": "application/x-amz-json-1.1" },
      });
    },
  });
  const endpoint: EcsEndpoint = {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    faults,
    answer: () => ({ body: {} }),
    stop: () => server.stop(true),
  };
  return endpoint;
}

/** Checks `Authorization` by AWS's "Create a signed AWS API request", from the request itself and the secret. */
function faultsOf(request: Request, body: string): string[] {
  const faults: string[] = [];
  const { headers } = request;
  if (request.method !== "POST") faults.push(`method ${request.method}`);
  if (headers.get("content-type") !== "application/x-amz-json-1.1") faults.push("content type");
  const authorization = headers.get("authorization") ?? "";
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
    authorization,
  );
  if (parts === null) return [...faults, `no signature: ${authorization}`];
  const [, credential = "", signed = "", signature = ""] = parts;
  const time = headers.get("x-amz-date") ?? "";
  const scope = `${time.slice(0, 8)}/${REGION}/ecs/aws4_request`;
  if (credential !== `${ACCESS_KEY}/${scope}`) faults.push(`credential ${credential}`);
  const names = signed.split(";");
  for (const name of ["host", "x-amz-date", "x-amz-target"])
    if (!names.includes(name)) faults.push(`${name} is not signed`);
  const fields = names
    .map((name) => `${name}:${headers.get(name)?.trim().replaceAll(/ +/g, " ")}\n`)
    .join("");
  const { pathname, search } = new URL(request.url);
  const canonical = [request.method, pathname, search.slice(1), fields, signed, sha256(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [time.slice(0, 8), REGION, "ecs", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${SECRET_KEY}`,
  );
  if (hmac(key, text).toString("hex") !== signature) faults.push("the signature is wrong");
  return faults;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
