// The page behind the one-time link: sends the token of the fragment with e-mail address and password.
"use strict";

const find = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
// The token leaves the address bar and the history as soon as it is read.
history.replaceState(null, "", location.pathname);

const showProblem = (text) => {
  find("problem").textContent = text;
  find("problem").hidden = !text;
};

const showFieldProblem = (field, text) => {
  const note = document.querySelector(`.field-problem[data-field="${field}"]`);
  if (!note) return false;
  note.textContent = text;
  note.hidden = !text;
  find(field).setAttribute("aria-invalid", String(Boolean(text)));
  return true;
};

const clearProblems = () => {
  showProblem("");
  for (const field of ["email", "password", "repeat"]) showFieldProblem(field, "");
};

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

const showRefusal = (problem) => {
  let shown = false;
  for (const error of problem.errors ?? []) {
    shown = showFieldProblem(error.field, sentence(error.message)) || shown;
  }
  if (!shown) showProblem(problem.detail ?? "The server refused without a reason.");
};

const post = async (path, body, accessToken) => {
  const headers = { "Content-Type": "application/json" };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { ok: answer.ok, body: await answer.json() };
};

const showDone = ({ user, accessToken }) => {
  const api = `${location.origin}/api/v1/whatsapp`;
  find("who").textContent = user.email;
  find("curl-connect").textContent =
    `curl -s ${api}/connect -H "X-Api-Key: $KEY" \\\n` +
    `  -H 'Content-Type: application/json' -d '{"displayName":"Shop"}'`;
  find("curl-qr").textContent =
    `curl -s ${api}/qr-code/ACCOUNT_ID -H "X-Api-Key: $KEY" \\\n` +
    `  -H 'Accept: image/png' -o qr.png`;
  find("make-key").addEventListener("click", () => makeKey(accessToken));
  find("form").reset();
  find("form-step").hidden = true;
  find("done-step").hidden = false;
  for (const block of document.querySelectorAll("pre[data-copy]")) addCopyButton(block);
  document.title = "linekeeper is set up";
};

const makeKey = async (accessToken) => {
  find("make-key").disabled = true;
  const answer = await post("/api/v1/api-keys", { name: "First key" }, accessToken).catch(() => null);
  find("key").textContent = answer?.ok
    ? `export KEY=${answer.body.key}`
    : sentence(answer?.body.detail ?? "The server does not answer");
  find("key-block").hidden = false;
  find("make-key").hidden = Boolean(answer?.ok);
  find("make-key").disabled = false;
};

const addCopyButton = (block) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
  });
  block.append(button);
};

const send = async (email, password) => {
  const answer = await post("/api/v1/setup", { token, email, password });
  if (answer.ok) showDone(answer.body);
  else showRefusal(answer.body);
};

find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  clearProblems();
  const [email, password, repeat] = ["email", "password", "repeat"].map((id) => find(id).value);
  if (password !== repeat) {
    showFieldProblem("repeat", "The two passwords differ.");
    return;
  }
  find("submit").disabled = true;
  try {
    await send(email.trim(), password);
  } catch {
    showProblem("The server does not answer. Is it still running?");
  } finally {
    find("submit").disabled = false;
  }
});

// The link pasted over this page's address changes the fragment alone, which loads nothing.
addEventListener("hashchange", () => location.reload());

if (!token) {
  showProblem("This address has no token. Open the whole link that the server printed when it started.");
}
