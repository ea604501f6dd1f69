// The page behind the setup link. It sends the token in the fragment with an e-mail address and a password, and then opens
// the dashboard.
import { find, onSubmit, post, showProblem, showRefusal, takeToken } from "/pages/form.js";

const token = takeToken();

onSubmit(async () => {
  const [email, password] = [find("email").value.trim(), find("password").value];
  const answer = await post("setup", { token, email, password });
  // The answer has set a cookie, so the dashboard is already signed in.
  if (answer.ok) location.replace("/");
  else showRefusal(answer.body);
});

if (!token) {
  showProblem("This address has no token. Open the whole link that the server printed when it started.");
}
