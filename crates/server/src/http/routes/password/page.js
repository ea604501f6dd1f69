// The page behind a link to a new password. If it is opened without a link, it asks for the e-mail address to send one to.
import { find, onSubmit, post, showRefusal, takeToken } from "/pages/form.js";

const token = takeToken();

const done = (title, text) => {
  find("done-title").textContent = title;
  find("done-text").textContent = text;
  find("form-step").hidden = true;
  find("done-step").hidden = false;
};

const setPassword = async () => {
  const answer = await post("auth/password/reset", { token, newPassword: find("password").value });
  if (answer.ok) {
    done("Done", "Your new password works from now on. Wherever you were signed in, you are signed out.");
  } else {
    showRefusal(answer.body);
  }
};

const askForLink = async () => {
  const answer = await post("auth/password/forgot", { email: find("email").value.trim() });
  if (answer.ok) {
    done("Look into your mail", "If somebody signs in with this address, a link is on its way to it. It works for 30 minutes.");
  } else {
    showRefusal(answer.body);
  }
};

if (!token) {
  find("lead").textContent = "You get a mail with a link by which you set a new one.";
  find("email-part").hidden = false;
  find("password-part").hidden = true;
  find("submit").textContent = "Send me a link";
}
find(token ? "password" : "email").focus();
onSubmit(token ? setPassword : askForLink);
