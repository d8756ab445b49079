// What the doctor sees of the server that would start here: its settings, its ports, its certificates.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readSettings, SettingError, type Settings } from "../../base/settings/settings.ts";
import type { Finding } from "./check.ts";

const DAY_MS = 86_400_000;
/** A certificate that ends sooner is worth a warning, days. */
const CERTIFICATE_DAYS_MIN = 21;

/** The settings in the environment, or what is wrong with them. */
export function settingsFinding(): { readonly finding: Finding; readonly settings: Settings | undefined } {
  try {
    const settings = readSettings(process.env);
    return {
      finding: { name: "settings", state: "ok", detail: "all CACHEE_ variables are understood" },
      settings,
    };
  } catch (thrown) {
    if (!(thrown instanceof SettingError)) throw thrown;
    const advice = "cachee serve --help lists the settings; a server with these would not start";
    return {
      finding: { name: "settings", state: "fault", detail: thrown.message, advice },
      settings: undefined,
    };
  }
}

/** Whether the ports that the settings name are free: those of a server that runs already are not. */
export function portFindings(settings: Settings): Finding[] {
  const ports: [string, number][] = [["CACHEE_PORT", settings.port]];
  if (settings.respPort !== undefined) ports.push(["CACHEE_RESP_PORT", settings.respPort]);
  return ports.map(([name, port]) => portFinding(name, settings.host, port));
}

function portFinding(name: string, hostname: string, port: number): Finding {
  const where = `${name} ${hostname}:${port}`;
  try {
    Bun.listen({ hostname, port, socket: { data() {} } }).stop(true);
    return { name: "port", state: "ok", detail: `${where} is free` };
  } catch (thrown) {
    const reason = thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
    const advice =
      "another program has it, perhaps a server that runs already: stop that, or choose another port";
    return { name: "port", state: "warning", detail: `${where} cannot be listened on (${reason})`, advice };
  }
}

export function certificateFindings(settings: Settings): Finding[] {
  if (settings.tlsCert === undefined) return [];
  const name = "certificate";
  try {
    const certificate = new X509Certificate(readFileSync(settings.tlsCert));
    const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
    const detail = `CACHEE_TLS_CERT is valid for ${days} more days`;
    if (days >= CERTIFICATE_DAYS_MIN) return [{ name, state: "ok", detail }];
    const advice = "renew it and send the server SIGHUP";
    return [{ name, state: days < 0 ? "fault" : "warning", detail, advice }];
  } catch {
    const detail = "CACHEE_TLS_CERT cannot be read as a certificate";
    return [
      {
        name,
        state: "fault",
        detail,
        advice: "it is a PEM file that begins with the server's own certificate",
      },
    ];
  }
}
