// The page behind the one-time link: sends the token of the fragment with e-mail address and password, then shows the dashboard.
import { find, onSubmit, post, showProblem, showRefusal, takeToken } from "/pages/form.js";

const token = takeToken();

onSubmit(async () => {
  const [email, password] = [find("email").value.trim(), find("password").value];
  const answer = await post("setup", { token, email, password });
  // The answer has set the cookie by which the dashboard is signed in.
  if (answer.ok) location.replace("/");
  else showRefusal(answer.body);
});

if (!token) {
  showProblem("This address has no token. Open the whole link that the server printed when it started.");
}
