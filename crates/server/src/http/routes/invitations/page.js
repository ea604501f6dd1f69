// The page behind an invitation. It says what the person is invited to. The person enters their password, or chooses one.
import { find, onSubmit, post, showProblem, showRefusal, takeToken } from "/pages/form.js";

const token = takeToken();
const ROLES = { owner: "Owner", admin: "Admin", agent: "Agent", viewer: "Viewer" };
let invitation = null;

const show = ({ email, workspaceName, role, hasPassword }) => {
  find("title").textContent = `Join ${workspaceName}`;
  find("lead").textContent = `You are invited to look after its WhatsApp accounts, as ${ROLES[role] ?? role}.`;
  find("email").value = email;
  if (hasPassword) {
    find("password-label").textContent = "Your password here";
    find("password").autocomplete = "current-password";
    find("password-hint").hidden = true;
    find("repeat-part").hidden = true;
  }
  if (hasPassword === null) {
    find("password-label").textContent = "Password";
    find("password-hint").textContent =
      "If you sign in on this server already, your password there. Otherwise choose one of at least 12 characters.";
  }
  find("form").hidden = false;
};

const refuse = (text) => {
  find("lead").hidden = true;
  find("form").hidden = true;
  showProblem(text);
};

const load = async () => {
  if (!token) {
    refuse("This address has no token. Open the whole link that you were sent.");
    return;
  }
  const answer = await post("auth/invitation", { token });
  if (answer.ok) show((invitation = answer.body));
  else refuse(answer.body.detail);
};

onSubmit(async () => {
  const body = { token, password: find("password").value };
  const code = find("code").value.trim();
  if (code) body.code = code;
  const answer = await post("auth/invitation/accept", body);
  if (answer.ok) {
    find("where").textContent = invitation.workspaceName;
    find("what").textContent = ROLES[invitation.role] ?? invitation.role;
    find("form-step").hidden = true;
    find("done-step").hidden = false;
    document.title = `Welcome to ${invitation.workspaceName}`;
  } else if (answer.body.code === "totp_required") {
    find("code-part").hidden = false;
    find("code").focus();
    showProblem("Now type a code of your authenticator.");
  } else if (answer.body.code === "sign_in_failed") {
    showProblem("You sign in on this server already, and this is not your password there.");
  } else {
    showRefusal(answer.body);
  }
});

load().catch(() => refuse("The server does not answer. Is it still running?"));
