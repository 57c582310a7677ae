// Asks modules of this pod, one request after the other, and tells what they answer.
// In: {"requests": [{"method", "url", "headers", "json" or "bytes" (base64), "token"}]}.
// Out: {"changed": false, "answers": [{"status", "body" (base64)}]}.

import { answer, ask } from "./answer.mjs";

await answer(async ({ requests }) => {
  const answers = [];
  for (const one of requests) {
    const { status, body } = await ask(one);
    answers.push({ status, body: body.toString("base64") });
  }
  return { changed: false, answers };
});
