// Signs somebody in for one client: account and password, then the code that the client waits for.
"use strict";

const WORDS = {
  fr: {
    title: "Connexion",
    target: "Pour continuer vers",
    email: "Adresse électronique",
    password: "Mot de passe",
    submit: "Se connecter",
    credentials:
      "Adresse ou mot de passe incorrect. Après cinq échecs, le compte reste fermé un quart d'heure.",
    denied: "Ce compte n'a pas accès à cette application.",
    request: "La demande de l'application n'est pas valable :",
    unreachable: "Le service de connexion ne répond pas. Réessayez dans un instant.",
  },
  en: {
    title: "Sign in",
    target: "To continue to",
    email: "Email address",
    password: "Password",
    submit: "Sign in",
    credentials:
      "Wrong address or password. After five failures the account stays closed for 15 minutes.",
    denied: "This account has no access to this application.",
    request: "The application did not ask in a valid way:",
    unreachable: "The sign-in service does not answer. Try again in a moment.",
  },
};
const PASSED_ON = [
  "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "max_age",
  "code_challenge", "code_challenge_method", "request", "request_uri",
];

const asked = new URLSearchParams(location.search);
const provider = location.pathname.split("/").at(-2);
const form = document.getElementById("form");
const fault = document.getElementById("fault");
const reason = document.getElementById("reason");
const detail = document.getElementById("detail"); // in the server's own words, which are English
let language = "fr";
let shown = null;

// What went wrong, in a word of the table, perhaps with what the server said.
class Refusal extends Error {
  constructor(word, detail = "") {
    super(word);
    this.word = word;
    this.detail = detail;
  }
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = WORDS[chosen].title;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = WORDS[chosen][element.dataset.word];
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  }
  if (shown) {
    reason.textContent = WORDS[chosen][shown.word];
  }
}

function show(refusal) {
  shown = refusal;
  reason.textContent = WORDS[language][refusal.word];
  detail.textContent = refusal.detail;
  fault.hidden = false;
  fault.focus();
}

// The same account for every way of writing an address; `orchestrator.model.names.account_of`.
async function account(email) {
  const written = new TextEncoder().encode(email.trim().normalize("NFC").toLowerCase());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", written));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(path, body, headers = {}) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      credentials: "omit",
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    throw new Refusal("unreachable");
  }
}

async function signIn(email, password) {
  const path = `/v1/auth/tenants/${provider}/people/login/${await account(email)}`;
  const answer = await ask(path, { password });
  if (answer.status >= 500) {
    throw new Refusal("unreachable");
  }
  if (answer.status !== 200) {
    throw new Refusal("credentials");
  }
  return answer.body.auth.client_token;
}

async function authorize(token) {
  const given = Object.fromEntries(PASSED_ON.filter((name) => asked.has(name)).map(
    (name) => [name, asked.get(name)],
  ));
  const path = `/v1/identity/oidc/provider/${provider}/authorize`;
  const answer = await ask(path, given, { "X-Vault-Token": token });
  if (answer.status === 200) {
    return answer.body;
  }
  if (answer.status >= 500) {
    throw new Refusal("unreachable");
  }
  if (answer.status === 403 || answer.body.error === "access_denied") {
    throw new Refusal("denied");
  }
  const said = answer.body.error_description || answer.body.error || `HTTP ${answer.status}`;
  throw new Refusal("request", said);
}

// Only called with an address that the server has found to be one of the client's own.
function goBack(granted) {
  const target = new URL(asked.get("redirect_uri"));
  if (!["https:", "http:"].includes(target.protocol)) {
    throw new Refusal("request", target.protocol);
  }
  target.searchParams.set("code", granted.code);
  if (granted.state) {
    target.searchParams.set("state", granted.state);
  }
  location.replace(target.href);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  fault.hidden = true;
  try {
    const fields = new FormData(form);
    goBack(await authorize(await signIn(fields.get("email"), fields.get("password"))));
  } catch (refusal) {
    show(refusal instanceof Refusal ? refusal : new Refusal("request", String(refusal)));
    button.disabled = false;
  }
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}

const spoken = [...(asked.get("ui_locales") || "").split(" "), ...navigator.languages];
speak(spoken.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) || "fr");
try {
  document.getElementById("target").textContent = new URL(asked.get("redirect_uri")).host;
  document.getElementById("email").focus();
} catch {
  show(new Refusal("request", "redirect_uri"));
}
