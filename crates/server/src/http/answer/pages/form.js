// What the forms of the pages share: the token of a link, problems beside their fields, and requests to the API.

export const find = (id) => document.getElementById(id);

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");

// Reads the token of the link and removes it from the address bar and the history.
export const takeToken = () => {
  const fragment = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  // If somebody pastes another link into the address bar, only the fragment changes, and the browser does not load the page
  // again by itself.
  addEventListener("hashchange", () => location.reload());
  return new URLSearchParams(fragment).get("token") ?? fragment;
};

export const showProblem = (text) => {
  find("problem").textContent = text;
  find("problem").hidden = !text;
};

export const showFieldProblem = (field, text) => {
  const note = document.querySelector(`.field-problem[data-field="${CSS.escape(field)}"]`);
  if (!note) return false;
  note.textContent = text;
  note.hidden = !text;
  find(note.dataset.input ?? field).setAttribute("aria-invalid", String(Boolean(text)));
  return true;
};

const clearProblems = () => {
  showProblem("");
  for (const note of document.querySelectorAll(".field-problem")) showFieldProblem(note.dataset.field, "");
};

export const showRefusal = (problem) => {
  let shown = false;
  for (const error of problem.errors ?? []) {
    shown = showFieldProblem(error.field, sentence(error.message)) || shown;
  }
  if (!shown) showProblem(problem.detail ?? "The server refused without a reason.");
};

export const post = async (path, body, accessToken) => {
  const headers = { "Content-Type": "application/json" };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  const answer = await fetch(`/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  return { ok: answer.ok, body: text ? JSON.parse(text) : {} };
};

// Whether the password was typed the same twice. A form that asks for it only once always passes.
const isRepeated = () => {
  const repeat = find("repeat");
  if (!repeat || repeat.closest("[hidden]") || repeat.value === find("password").value) return true;
  showFieldProblem("repeat", "The two passwords differ.");
  return false;
};

// Sends the form when it is submitted, one request at a time.
export const onSubmit = (send) => {
  find("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearProblems();
    if (!isRepeated()) return;
    find("submit").disabled = true;
    try {
      await send();
    } catch {
      showProblem("The server does not answer. Is it still running?");
    } finally {
      find("submit").disabled = false;
    }
  });
};
