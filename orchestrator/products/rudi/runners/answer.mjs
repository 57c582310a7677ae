// What every script shares: a JSON object comes in on standard input, exactly one line of JSON goes
// out on standard output, and whatever else is said goes to standard error.

import { readFileSync } from "node:fs";
import http from "node:http";

// A fault that the caller is told in our own words.
export class Refused extends Error {}

// Writes what `work` makes of what was asked. Ends with 1 after any fault.
export async function answer(work) {
  try {
    const asked = JSON.parse(readFileSync(0, "utf8").trim() || "{}");
    console.log(JSON.stringify(await work(asked)));
  } catch (fault) {
    // The message of a foreign fault may repeat what was asked, and so a secret; its class does not.
    const reason = fault instanceof Refused ? fault.message : fault.code || fault.name;
    console.log(JSON.stringify({ error: fault.name, reason }));
    process.exitCode = 1;
  }
}

// One request to a module of this pod; an answer of any status is an answer. The body is a value
// for JSON (`json`), or bytes in base64 (`bytes`). Its length is told: the product wants to know.
export function ask({ method, url, headers = {}, json, bytes, token }) {
  if (new URL(url).hostname !== "localhost") throw new Refused("only the own pod is asked");
  const body = json === undefined ? Buffer.from(bytes || "", "base64") : Buffer.from(JSON.stringify(json));
  const given = { ...headers, "content-length": body.length };
  if (json !== undefined) given["content-type"] = "application/json";
  if (token) given.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers: given, timeout: 30000 }, (found) => {
      const parts = [];
      found.on("data", (part) => parts.push(part));
      found.on("error", reject);
      found.on("end", () => resolve({ status: found.statusCode, body: Buffer.concat(parts) }));
    });
    request.on("timeout", () => request.destroy(new Refused(`${new URL(url).port} does not answer`)));
    request.on("error", reject);
    request.end(body);
  });
}
