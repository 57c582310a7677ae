// Brings about what lives in the product's own databases only: looks first, and acts when what is
// there is not what is wanted.
// In: {"sign_in": a request or nothing, "token": in its place, "items": [{"name",
//   "look": a request, "wanted": {...}, "act": a request}]}.
// Out: {"changed", "done": names of what was brought about}.
// A look that answers with a list finds what is wanted anywhere in it.

import { Refused, answer, ask } from "./answer.mjs";

async function good(request, ...missing) {
  const { status, body } = await ask(request);
  if (missing.includes(status)) return undefined;
  if (status !== 200) {
    throw new Refused(`${request.method} ${new URL(request.url).pathname} answers ${status}`);
  }
  return JSON.parse(body.toString("utf8"));
}

function holds(found, wanted) {
  if (Array.isArray(found)) return found.some((one) => holds(one, wanted));
  return found !== undefined && Object.entries(wanted).every(([key, value]) => found[key] === value);
}

await answer(async ({ sign_in: signIn, token: given, items }) => {
  const token = signIn ? (await good(signIn)).token : given;
  const done = [];
  for (const { name, look, wanted, act } of items) {
    if (holds(await good({ ...look, token }, 404), wanted)) continue;
    await good({ ...act, token });
    done.push(name);
  }
  return { changed: done.length > 0, done };
});
