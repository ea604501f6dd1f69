//! The emails about people's access: invitations, password links, and notices of changes. The functions are pure.
//! Owners choose the names of workspaces, so a name may be hostile. It always stays on one line.

use jiff::SignedDuration;
use linekeeper_model::mail::{Mail, Subject, one_line};
use linekeeper_model::secret::Secret;
use linekeeper_model::user::{Email, Workspace};
use url::Url;

/// A change of a person's sign-in that the person should know about, because somebody else may have made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The user changed the password.
    PasswordChanged,
    /// The user set a new password with a link.
    PasswordReset,
    /// The user's second factor was switched off.
    SecondFactorOff,
}

/// An email that invites a person to a workspace, with the link to accept.
pub fn invitation(
    to: &Email,
    workspace: &Workspace,
    link: &Secret<String>,
    works_for: SignedDuration,
) -> Mail {
    let name = one_line(&workspace.name);
    let text = format!(
        "You are invited to the workspace “{name}” in linekeeper, where its WhatsApp accounts are looked after.\n\n\
         To accept, open this link. It works once, for {}:\n\n{}\n\n\
         If you do not know what this is about, do nothing.\n",
        days(works_for),
        link.expose()
    );
    Mail { to: to.clone(), subject: Subject::new(&format!("Invitation to “{name}”")), text }
}

/// An email with the link to set a new password.
pub fn password_reset(to: &Email, link: &Secret<String>, works_for: SignedDuration) -> Mail {
    let text = format!(
        "Somebody, probably you, wants to set a new password for linekeeper.\n\n\
         To do so, open this link. It works once, for {} minutes:\n\n{}\n\n\
         If it was not you, do nothing: your password stays as it is.\n",
        works_for.as_mins(),
        link.expose()
    );
    Mail { to: to.clone(), subject: Subject::new("Set a new password"), text }
}

/// An email about a change on the server at `base`.
pub fn news(to: &Email, news: News, base: &Url) -> Mail {
    let (subject, what) = match news {
        News::PasswordChanged => {
            ("Your password was changed", "Your password was changed. Everywhere else you are signed out.")
        }
        News::PasswordReset => (
            "Your password was changed",
            "A new password was set for you by a link. You are signed out everywhere.",
        ),
        News::SecondFactorOff => {
            ("Your second factor is off", "Signing in asks for no code of your authenticator any more.")
        }
    };
    let text = format!(
        "{what}\n\nThis is about linekeeper at {base}\n\
         If it was not you, set a new password there and tell an Owner of your workspace.\n"
    );
    Mail { to: to.clone(), subject: Subject::new(subject), text }
}

fn days(time: SignedDuration) -> String {
    match time.as_hours() / 24 {
        1 => "a day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::id::WorkspaceId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_invitation_mail_names_the_workspace_and_explains_the_link() {
        let workspace = Workspace {
            id: WorkspaceId::from(Uuid::from_u128(1)),
            name: "Shop\nof\u{202e} Ana".to_owned(),
            time_zone: "UTC".to_owned(),
            external_id: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let link = Secret::new("https://whatsapp.example.org/invitation#t".to_owned());
        let mail = invitation(
            &"ben@example.org".parse().unwrap(),
            &workspace,
            &link,
            SignedDuration::from_hours(7 * 24),
        );
        assert_eq!(mail.subject.as_str(), "Invitation to “Shop of Ana”");
        insta::assert_snapshot!(mail.text, @"
        You are invited to the workspace “Shop of Ana” in linekeeper, where its WhatsApp accounts are looked after.

        To accept, open this link. It works once, for 7 days:

        https://whatsapp.example.org/invitation#t

        If you do not know what this is about, do nothing.
        ");
    }

    #[test]
    fn a_password_mail_says_how_long_the_link_works() {
        let link = Secret::new("https://whatsapp.example.org/reset-password#t".to_owned());
        let mail = password_reset(&"ben@example.org".parse().unwrap(), &link, SignedDuration::from_mins(30));
        insta::assert_snapshot!(mail.text, @"
        Somebody, probably you, wants to set a new password for linekeeper.

        To do so, open this link. It works once, for 30 minutes:

        https://whatsapp.example.org/reset-password#t

        If it was not you, do nothing: your password stays as it is.
        ");
    }
}
