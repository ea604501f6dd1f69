//! Sends one email in one conversation with the mail server. Only this module uses the library lettre.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use linekeeper_model::Timestamp;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::Mail;
use linekeeper_model::secret::Secret;

/// The time limit for the whole conversation. It is shorter than the time that a stopping server waits for its
/// tasks.
const WITHIN: Duration = Duration::from_secs(20);

/// Sends emails. It has the mail server's address and the sender address of the server's emails.
pub struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a setting of the mail server or the sender address is invalid.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {reason}")]
pub struct InvalidSmtp {
    /// The name of the environment variable.
    pub setting: &'static str,
    /// What the setting must be. The text must never contain the setting's value.
    pub reason: &'static str,
}

/// Why an email was not sent. The error texts contain neither the recipient nor the mail server's text, which
/// often names the recipient.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The recipient's address cannot be used, so the email can never be sent.
    #[error("mail cannot be sent to an address of that form")]
    Address,
    /// The mail server answered with an error code. It does not accept this email, or it does not accept this server as
    /// a client.
    #[error("the mail server answered with code {0}")]
    Refused(String),
    /// No conversation with the mail server was possible.
    #[error("the mail server could not be used: {0}")]
    Unreachable(String),
}

impl Sender {
    /// Creates a sender. `url` is `smtps://user:password@host` or `smtp://host?tls=required`. `from` is an address
    /// or `Name <address>`.
    pub fn new(url: &Secret<String>, from: &str) -> Result<Self, InvalidSmtp> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(|_| InvalidSmtp {
            setting: "SMTP_URL",
            reason: "must be smtps://user:password@host or smtp://user:password@host?tls=required, with what is special \
                     in a URL written as %40 and so on",
        })?;
        let from = from.parse().map_err(|_| InvalidSmtp {
            setting: "SMTP_FROM",
            reason: "must be an address, or a name with an address such as linekeeper <alerts@example.org>",
        })?;
        Ok(Self { transport: transport.timeout(Some(WITHIN)).build(), from })
    }

    /// Sends an email, and returns when the mail server has accepted it. The same email always has the same
    /// `Message-ID`. So a mailbox can recognise an email that was sent twice because of a crash.
    pub(super) async fn send(&self, id: MailId, written_at: Timestamp, mail: &Mail) -> Result<(), SendError> {
        let message = self.message(id, written_at, mail)?;
        match tokio::time::timeout(WITHIN, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(SendError::of(&error)),
            Err(_) => Err(SendError::Unreachable("it does not answer".to_owned())),
        }
    }

    fn message(&self, id: MailId, written_at: Timestamp, mail: &Mail) -> Result<Message, SendError> {
        let to: Address = mail.to.as_str().parse().map_err(|_| SendError::Address)?;
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.as_str())
            .date(SystemTime::from(written_at))
            .message_id(Some(format!("<{id}@{domain}>")))
            .header(AutoSubmitted)
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            // The line break at the end is removed, because SMTP adds one.
            .body(mail.text.trim_end().to_owned())
            .map_err(|_| SendError::Address)
    }
}

impl SendError {
    fn of(error: &lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code.to_string()),
            None if error.is_response() => Self::Unreachable("its answer makes no sense".to_owned()),
            None => Self::Unreachable(error.to_string()),
        }
    }
}

/// The header `Auto-Submitted`, which asks other mail programs to send no automatic answer (RFC 3834, section 5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::mail::Subject;

    use super::*;

    fn sender() -> Sender {
        Sender::new(&Secret::new("smtp://127.0.0.1:25".to_owned()), "linekeeper <alerts@example.org>")
            .unwrap()
    }

    fn formatted(to: &str, subject: &str, text: &str) -> Result<String, SendError> {
        let mail = Mail { to: to.parse().unwrap(), subject: Subject::new(subject), text: text.to_owned() };
        let id = MailId::from(uuid::Uuid::from_u128(7));
        let message = sender().message(id, Timestamp::from_second(1_780_315_200).unwrap(), &mail)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_mail_is_plain_text_and_marked_as_automatic() {
        let mail = formatted("ana@example.org", "Café", "Olá\nlink").unwrap();
        insta::assert_snapshot!(mail.replace('\r', ""), @r"
        From: linekeeper <alerts@example.org>
        To: ana@example.org
        Subject: =?utf-8?b?Q2Fmw6k=?=
        Date: Mon, 01 Jun 2026 12:00:00 +0000
        Message-ID: <00000000-0000-0000-0000-000000000007@example.org>
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Ol=C3=A1
        link
        ");
    }

    #[test]
    fn text_in_a_mail_cannot_add_a_header() {
        let hostile = "x\r\nBcc: eve@example.org\r\n\r\n<script>";
        let mail = formatted("ana@example.org", hostile, &format!("{hostile}\n.\nRCPT TO:<eve@example.org>"))
            .unwrap();
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{headers}");
        assert_eq!(headers.lines().filter(|line| line.starts_with("Subject: ")).count(), 1);
        assert_eq!(
            mail.replace("\r\n", "").matches(['\r', '\n']).count(),
            0,
            "every line ends as SMTP wants"
        );
    }

    #[test]
    fn an_address_that_would_be_read_as_two_is_refused() {
        for address in
            ["ana@example.org,eve@example.org", "<eve@example.org>ana@example.org", "a>b@example.org"]
        {
            let refused = formatted(address, "x", "x");
            assert!(matches!(refused, Err(SendError::Address)), "{address}: {refused:?}");
        }
    }

    #[test]
    fn an_smtp_error_contains_the_name_of_the_setting_but_no_password() {
        let error =
            Sender::new(&Secret::new("imap://u:hunter2@h".to_owned()), "a@example.org").err().unwrap();
        assert_eq!(error.setting, "SMTP_URL");
        assert!(!error.to_string().contains("hunter2"));
        let url = Secret::new("smtps://u:p@mail.example.org".to_owned());
        assert_eq!(Sender::new(&url, "nobody").err().unwrap().setting, "SMTP_FROM");
    }
}
