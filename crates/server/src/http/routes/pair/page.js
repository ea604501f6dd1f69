// The page behind a pairing link. It opens the link once, with the token in the fragment. Then it asks the server what to
// show, until the account is linked.
"use strict";

const find = (id) => document.getElementById(id);
const show = (id, yes) => {
  find(id).hidden = !yes;
};

const KEY = "linekeeper-pairing";
const token = location.hash.slice(1);
// Removes the token from the address bar and the history.
history.replaceState(null, "", location.pathname);

// The link opens only once, but a phone may load the page again after its user has looked at WhatsApp. So the session is
// kept, only for this tab.
let session = token ? "" : (sessionStorage.getItem(KEY) ?? "");
// The difference between the server's clock and the clock of this machine.
let skew = 0;
let expiresAt = null;
let step = "";
let method = "qr";
let busy = false;
let timer = 0;

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

const post = async (path, body) => {
  const answer = await fetch(`/api/v1/pairing/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(date)) skew = date - Date.now();
  return { status: answer.status, ok: answer.ok, body: await answer.json() };
};

const showProblem = (text) => {
  find("problem").textContent = text;
  show("problem", Boolean(text));
};

const showNumberProblem = (text) => {
  find("number-problem").textContent = text;
  show("number-problem", Boolean(text));
  find("number").setAttribute("aria-invalid", String(Boolean(text)));
};

const end = (title, text) => {
  clearTimeout(timer);
  step = "over";
  sessionStorage.removeItem(KEY);
  document.title = title;
  find("over-title").textContent = title;
  find("over-text").textContent = text;
  show("pairing", false);
  show("over", true);
};

const endWithoutLink = () =>
  end("This link does not work", "It was opened before, has expired or was taken back. Ask the person who sent it to you for another.");

const tick = () => {
  const counts = expiresAt !== null && (step === "qr" || step === "pairing_code");
  show("countdown", counts);
  if (!counts) return;
  const left = Math.max(0, Math.round((expiresAt - Date.now() - skew) / 1000));
  find("countdown").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  find("countdown").classList.toggle("soon", left <= 20);
};

const draw = (shown) => {
  step = shown.step;
  expiresAt = shown.expiresAt ? Date.parse(shown.expiresAt) : null;
  if (step === "qr") method = "qr";
  if (step === "pairing_code") method = "code";
  find("title").textContent = shown.done ? "WhatsApp is linked to" : "Link WhatsApp to";
  find("name").textContent = shown.displayName;
  find("message").textContent = shown.message;
  if (shown.qrSvg) find("qr").src = `data:image/svg+xml,${encodeURIComponent(shown.qrSvg)}`;
  else find("qr").removeAttribute("src");
  find("code").textContent = shown.code ?? "";
  show("qr", step === "qr");
  show("code", step === "pairing_code");
  show("waiting", step === "opening" || step === "linking");
  show("again", step === "closed");
  show("tick", step === "done");
  const steps = step === "opening" || step === "qr" || step === "pairing_code" || step === "closed";
  show("how", steps);
  show("figure", steps || step === "linking" || step === "done");
  show("qr-steps", method === "qr");
  show("code-steps", method === "code");
  show("switches", steps);
  show("to-code-line", method === "qr" && find("number-form").hidden);
  show("to-qr-line", method === "code" || !find("number-form").hidden);
  show("pairing", true);
  tick();
  if (shown.done) {
    sessionStorage.removeItem(KEY);
    document.title = "WhatsApp is linked";
  }
};

// Sends a request and shows its answer, one request at a time. Looking at the state waits until it is done.
const ask = async (path, body) => {
  clearTimeout(timer);
  busy = true;
  for (const id of ["again", "to-code", "to-qr", "get-code"]) find(id).disabled = true;
  try {
    const answer = await post(path, { session, ...body });
    if (answer.status === 404) {
      endWithoutLink();
      return answer;
    }
    if (answer.ok) {
      showProblem("");
      draw(answer.body);
    }
    return answer;
  } catch {
    showProblem("The server does not answer. Trying again.");
    return null;
  } finally {
    busy = false;
    for (const id of ["again", "to-code", "to-qr", "get-code"]) find(id).disabled = false;
    clearTimeout(timer);
    if (step !== "over" && step !== "done") timer = setTimeout(look, step === "opening" ? 700 : 1500);
  }
};

const look = () => {
  if (!busy) ask("state");
};

const refusal = (answer) => sentence(answer.body.detail ?? "That did not work");

const numberRefusal = (answer) => {
  const error = answer.body.errors?.find(({ field }) => field === "phoneNumber");
  return error ? sentence(`the number ${error.message}`) : refusal(answer);
};

const newWindow = async () => {
  show("number-form", false);
  method = "qr";
  const answer = await ask("new-window");
  if (answer && !answer.ok && answer.status !== 404) showProblem(refusal(answer));
};

const open = async () => {
  try {
    if (token) {
      const answer = await post("open", { token });
      if (answer.status === 404 || answer.status === 400) return endWithoutLink();
      if (!answer.ok) return end("Not now", refusal(answer));
      session = answer.body.session;
      sessionStorage.setItem(KEY, session);
    }
    if (!session) return endWithoutLink();
    await ask("state");
  } catch {
    end("The server does not answer", "Open the link again in a moment.");
  }
};

find("again").addEventListener("click", newWindow);
find("to-qr").addEventListener("click", newWindow);

find("to-code").addEventListener("click", () => {
  show("number-form", true);
  show("to-code-line", false);
  show("to-qr-line", true);
  find("number").focus();
});

find("number-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  showNumberProblem("");
  // People write numbers with spaces, dashes and brackets.
  const phoneNumber = find("number").value.replace(/[\s()./-]/g, "").replace(/^00/, "+");
  if (!phoneNumber.startsWith("+")) {
    showNumberProblem("Begin with a plus sign and the country code, such as +44.");
    return;
  }
  find("message").textContent = "Asking WhatsApp for a code.";
  const answer = await ask("code", { phoneNumber });
  if (!answer || answer.status === 404) return;
  if (answer.ok) {
    method = "code";
    show("number-form", false);
    show("to-qr-line", true);
  } else {
    showNumberProblem(numberRefusal(answer));
    look();
  }
});

// If somebody pastes another link into the address bar, only the fragment changes, and the browser does not load the page
// again by itself.
addEventListener("hashchange", () => location.reload());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && session && step !== "over" && step !== "done") look();
});
setInterval(tick, 500);
open();
