//! Checks URLs that contain a user and a password. An unencoded special character ends the password early. The URL
//! parser then reads the rest of the password as another part of the URL.

use url::Url;

/// Advice for the operator. The errors about such URLs end with it.
pub(super) const ENCODE: &str = "percent-encode what is special in a URL where it stands in a user or a password: \
                                 / as %2F, ? as %3F, # as %23, @ as %40, : as %3A, % as %25";

/// Whether a part of the user name or the password was read as the path, the query or the fragment. For example, in
/// `postgres://user:12/34@host/name` the URL parser takes `user` as the host, 12 as the port and the rest as the path.
pub(super) fn is_cut_short(url: &Url) -> bool {
    let after_the_host = [Some(url.path()), url.query(), url.fragment()];
    after_the_host.into_iter().flatten().any(|part| part.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_with_an_unescaped_separator_is_detected() {
        for (text, cut) in [
            ("postgres://user:12/34@host/name", true),
            ("postgres://user:12?34@host/name", true),
            ("postgres://user:12#34@host/name", true),
            ("postgres://user:p@ss/word@host/name", true),
            ("postgres://user:p%40ss%2Fword@host/name", false),
            ("postgres://user:p@ss@host/name", false),
            ("smtp://host?tls=required", false),
        ] {
            assert_eq!(is_cut_short(&Url::parse(text).unwrap()), cut, "{text}");
        }
    }
}
