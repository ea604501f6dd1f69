// The page behind the one-time link: sends the token of the fragment with e-mail address and password.
import { find, onSubmit, post, sentence, showProblem, showRefusal, takeToken } from "/pages/form.js";

const token = takeToken();

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
  const answer = await post("api-keys", { name: "First key" }, accessToken).catch(() => null);
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

onSubmit(async () => {
  const [email, password] = [find("email").value.trim(), find("password").value];
  const answer = await post("setup", { token, email, password });
  if (answer.ok) showDone(answer.body);
  else showRefusal(answer.body);
});

if (!token) {
  showProblem("This address has no token. Open the whole link that the server printed when it started.");
}
