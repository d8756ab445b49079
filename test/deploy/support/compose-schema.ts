// The part of the Compose Specification that deploy/compose.yaml may use, as a closed JSON schema: a typing error, a
// misplaced field or a value of the wrong kind is refused.

const text = { type: "string", minLength: 1 };
const texts = { type: "array", items: { type: "string" }, minItems: 1 };
const names = { type: "array", items: text, minItems: 1, uniqueItems: true };
const duration = { type: "string", pattern: "^(?:\\d+(?:us|ms|s|m|h))+$" };
const size = { type: "string", pattern: "^\\d+(?:b|k|kb|m|mb|g|gb)$" };
const environment = {
  type: "object",
  additionalProperties: { type: "string" },
  propertyNames: { pattern: "^[A-Z_][A-Z0-9_]*$" },
};

const build = {
  type: "object",
  required: ["context"],
  additionalProperties: false,
  properties: { context: text, dockerfile: text, target: text },
};

const healthcheck = {
  type: "object",
  required: ["test"],
  additionalProperties: false,
  properties: {
    test: { type: "array", items: text, contains: { enum: ["CMD", "CMD-SHELL"] } },
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: { type: "integer", minimum: 1 },
  },
};

const dependsOn = {
  anyOf: [
    names,
    {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["condition"],
        additionalProperties: false,
        properties: {
          condition: { enum: ["service_started", "service_healthy", "service_completed_successfully"] },
        },
      },
    },
  ],
};

const service = {
  type: "object",
  required: ["image"],
  additionalProperties: false,
  properties: {
    image: text,
    build,
    command: texts,
    environment,
    depends_on: dependsOn,
    healthcheck,
    ports: { type: "array", items: { type: "string", pattern: "^(?:[\\d.]+:)?\\d+:\\d+$" } },
    volumes: { type: "array", items: { type: "string", pattern: "^[^:]+:/[^:]+(?::ro)?$" } },
    tmpfs: names,
    read_only: { type: "boolean" },
    cap_drop: names,
    security_opt: names,
    user: { type: "string", pattern: "^\\d+:\\d+$" },
    stop_grace_period: duration,
    mem_limit: size,
    ulimits: { type: "object", additionalProperties: { type: "integer", minimum: 1 } },
    restart: { enum: ["no", "always", "on-failure", "unless-stopped"] },
  },
};

export const COMPOSE_SCHEMA = {
  type: "object",
  required: ["services"],
  additionalProperties: false,
  patternProperties: { "^x-": {} },
  properties: {
    name: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]*$" },
    services: { type: "object", minProperties: 1, additionalProperties: service },
  },
};
