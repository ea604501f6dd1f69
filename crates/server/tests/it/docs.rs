//! Checks that the troubleshooting page covers every reason and finding in the code.

use linekeeper_model::health::FindingCode;
use linekeeper_model::status::Reason;

#[test]
fn every_reason_and_finding_has_a_troubleshooting_section() {
    let page = include_str!("../../../../docs/TROUBLESHOOTING.md");
    let reasons = Reason::ALL.iter().map(|reason| reason.code());
    let missing: Vec<&str> = reasons
        .chain(FindingCode::all().map(FindingCode::code))
        .filter(|code| !page.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "docs/TROUBLESHOOTING.md says nothing about {missing:?}");
}
