//! Checks this repository against its own rules.

use linekeeper_architecture::rules::{
    arrows, danger, documents, leaks, lengths::Lengths, manifests, message_kinds, names, owners, prose,
    purity, sleeps,
};
use linekeeper_architecture::{Finding, Tree};

fn this_repository() -> Tree {
    Tree::of_this_repository().expect("the repository is readable")
}

#[track_caller]
fn assert_none(findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{} found:\n{}", findings.len(), list.join("\n"));
}

#[test]
fn heavy_dependencies_are_named_only_in_code_that_may_use_them() {
    assert_none(&owners::check(&this_repository()));
}

#[test]
fn a_kind_of_message_is_named_only_in_the_four_folders_for_kinds() {
    assert_none(&message_kinds::check(&this_repository()));
}

#[test]
fn the_model_does_no_input_or_output() {
    assert_none(&purity::check(&this_repository()));
}

#[test]
fn the_servers_modules_import_only_in_allowed_directions() {
    assert_none(&arrows::check(&this_repository()));
}

#[test]
fn the_crates_depend_only_in_allowed_directions() {
    assert_none(&manifests::check(&this_repository()));
}

#[test]
fn versions_are_declared_in_the_workspace() {
    assert_none(&manifests::unshared_versions(&this_repository()));
}

#[test]
fn only_the_demo_may_switch_off_certificate_checks() {
    assert_none(&danger::check(&this_repository()));
}

#[test]
fn each_module_has_a_doc() {
    assert_none(&prose::module_docs(&this_repository()));
}

#[test]
fn no_comment_is_a_banner() {
    assert_none(&prose::banners(&this_repository()));
}

#[test]
fn lints_are_silenced_with_expect_and_never_with_allow() {
    assert_none(&prose::allows(&this_repository()));
}

#[test]
fn no_file_or_function_has_a_meaningless_name() {
    assert_none(&names::check(&this_repository()));
}

#[test]
fn no_test_sleeps() {
    assert_none(&sleeps::check(&this_repository()));
}

#[test]
fn no_file_contains_details_of_a_developers_machine() {
    assert_none(&leaks::check(&this_repository()));
}

#[test]
fn mentioned_documents_and_linked_files_exist() {
    assert_none(&documents::check(&this_repository()));
}

#[test]
fn the_median_file_is_not_too_long() {
    let lengths = Lengths::of(&this_repository());
    print!("{lengths}");
    assert!(lengths.median() <= 150, "the median file has more than 150 lines:\n{lengths}");
}
