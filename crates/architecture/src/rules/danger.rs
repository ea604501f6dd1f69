//! Some features switch off the checks of WhatsApp's certificates. Only the demo may enable these features. Cargo
//! enables a feature for all crates that it builds together. So a plain `cargo build` must not include the demo:
//! otherwise the server in that build would not check the certificates either.

use crate::{Finding, Tree};

const ONLY: &str = "crates/demo/Cargo.toml";

/// Finds manifests that enable a dangerous feature, and default builds that include the demo.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        for (index, line) in manifest.text.lines().enumerate() {
            let code = line.split('#').next().unwrap_or_default();
            if code.contains("\"danger-") && manifest.path != ONLY {
                let reason = format!("only {ONLY} may switch off certificate checks");
                findings.push(Finding::new(manifest, index + 1, reason));
            }
            if manifest.path == "Cargo.toml"
                && code.starts_with("default-members")
                && code.contains("crates/demo")
            {
                let reason =
                    "a plain `cargo build` may not include the demo: it would switch off the server's checks";
                findings.push(Finding::new(manifest, index + 1, reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_that_skips_certificate_checks_is_reported_outside_the_demo_crate() {
        let text = "whatsapp-rust = { workspace = true, features = [\"danger-skip-cert-chain-verify\"] }\n";
        assert_eq!(check(&Tree::with("crates/server/Cargo.toml", text)).len(), 1);
        assert_eq!(check(&Tree::with(ONLY, text)), []);
    }

    #[test]
    fn a_demo_crate_in_the_default_build_is_reported() {
        assert_eq!(check(&Tree::with("Cargo.toml", "default-members = [\"crates/demo\"]")).len(), 1);
        assert_eq!(check(&Tree::with("Cargo.toml", "members = [\"crates/demo\"]")), []);
    }
}
