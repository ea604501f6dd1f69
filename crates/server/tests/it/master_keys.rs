//! `linekeeper keys`: the process of a rotation is killed at every line of its output, and then run again.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::app::PASSWORD;
use crate::process::{Program, run};

const CREATE_OWNER: [&str; 5] = ["owner", "create", "--email", "ana@example.org", "--password-stdin"];
const ROTATE: [&str; 2] = ["keys", "rotate"];
const OLD: &str = "8f1d6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6d5";
const NEW: &str = "1c9a6f0c5b7e4a3928d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1908f7e6aa";

fn installed() -> Program {
    let program = Program::new();
    assert_eq!(program.run(&CREATE_OWNER, PASSWORD).code, 0);
    program
}

/// The key's fingerprint in the output of a command.
fn key_in(text: &str) -> &str {
    let after = text.split("key ").nth(1).unwrap_or_else(|| panic!("no key in {text}"));
    &after[..8]
}

#[test]
fn after_a_master_key_rotation_the_old_key_opens_nothing() {
    let program = installed();
    let before = program.run(&["keys", "status"], "");
    assert_eq!((before.code, before.err.as_str()), (0, ""));
    let rotated = program.run(&ROTATE, "");
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let (old, new) = (key_in(&before.out), key_in(&rotated.out));
    assert_ne!(old, new);
    let status = program.run(&["keys", "status"], "");
    assert!(status.out.starts_with(&format!("key {new}  1 data key  wraps new ones\n")), "{}", status.out);
    assert!(!status.out.contains(old), "{}", status.out);

    let again = program.run(&ROTATE, "");
    assert!(again.code == 1 && again.err.contains("encryption.key.previous"), "{again:?}");
    let data = program.data_dir().join("data");
    std::fs::rename(data.join("encryption.key.previous"), program.data_dir().join("old.key")).unwrap();
    assert_eq!(program.run(&["keys", "status"], "").code, 0);
    std::fs::rename(program.data_dir().join("old.key"), data.join("encryption.key")).unwrap();
    let refused = program.run(&["keys", "status"], "");
    assert!(refused.code == 1 && refused.err.contains("is not the one that sealed"), "{refused:?}");
}

#[test]
fn the_master_key_can_be_rotated_to_a_key_from_a_file() {
    let program = installed();
    let file = program.data_dir().join("mine.key");
    let arguments = ["keys", "rotate", "--new-key-file", file.to_str().unwrap()];
    std::fs::write(&file, "your-32-character-encryption-key").unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let weak = program.run(&arguments, "");
    assert!(weak.code == 1 && weak.err.contains("a placeholder"), "{weak:?}");
    std::fs::write(&file, NEW).unwrap();
    let rotated = program.run(&arguments, "");
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let kept = std::fs::read_to_string(program.data_dir().join("data/encryption.key")).unwrap();
    assert_eq!(kept.trim(), NEW);
}

#[test]
fn a_key_rotation_that_was_killed_after_any_line_of_output_can_be_finished() {
    for lines in 0..4 {
        let program = installed();
        let mut child =
            program.command(&ROTATE).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let heard: Vec<String> = said.by_ref().take(lines).map(Result::unwrap).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let first = heard.first().map(|line| key_in(line).to_owned());

        let again = program.run(&ROTATE, "");
        let done_already = again.code == 1 && again.err.contains("encryption.key.previous");
        assert!(again.code == 0 || done_already, "after {lines} lines: {again:?}");
        let status = program.run(&["keys", "status"], "");
        assert_eq!(status.out.matches("data key").count(), 1, "{}", status.out);
        assert!(first.is_none_or(|key| key_in(&status.out) == key), "after {lines} lines: {}", status.out);
        assert!(!program.data_dir().join("data/encryption.key.next").exists());
        let doctor = program.run(&["--listen", "127.0.0.1:0", "doctor", "--offline"], "");
        assert_eq!(doctor.code, 0, "{}", doctor.out);
    }
}

#[test]
fn keys_from_the_environment_are_rotated() {
    let program = Program::new();
    let with = |keys: &[(&str, &str)], arguments: &[&str], input: &str| {
        let mut command = program.command(arguments);
        command.envs(keys.iter().copied());
        run(command, input)
    };
    let old = [("ENCRYPTION_KEY", OLD)];
    let both = [("ENCRYPTION_KEY", NEW), ("ENCRYPTION_KEY_PREVIOUS", OLD)];
    let new = [("ENCRYPTION_KEY", NEW)];
    assert_eq!(with(&old, &CREATE_OWNER, PASSWORD).code, 0);
    let no_other = with(&old, &ROTATE, "");
    assert!(no_other.code == 1 && no_other.err.contains("ENCRYPTION_KEY_PREVIOUS"), "{no_other:?}");
    assert_eq!(with(&new, &ROTATE, "").code, 1, "the old one is needed");
    let weak = with(&[("ENCRYPTION_KEY", NEW), ("ENCRYPTION_KEY_PREVIOUS", "hunter2")], &ROTATE, "");
    assert!(weak.code == 64 && !weak.err.contains("hunter2"), "{weak:?}");
    let rotated = with(&both, &ROTATE, "");
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    assert!(rotated.out.contains("Remove ENCRYPTION_KEY_PREVIOUS"), "{}", rotated.out);
    assert_eq!(with(&new, &["keys", "status"], "").code, 0);
    assert_eq!(with(&old, &["keys", "status"], "").code, 1);
    assert!(!program.data_dir().join("data/encryption.key").exists());
}

/// The service of an installation may get its master key from somewhere else than the key file, for example from the
/// environment. So if there is a database and no key file, a command must not create a key: the new key could not
/// decrypt the data.
#[test]
fn no_master_key_is_created_for_an_existing_database() {
    let program = installed();
    let key = program.data_dir().join("data/encryption.key");
    std::fs::rename(&key, program.data_dir().join("away")).unwrap();
    for arguments in [&["keys", "status"][..], &["user", "list"], &["serve"]] {
        let refused = program.run(arguments, "");
        assert!(refused.code != 0 && refused.err.contains("there is a database, and no key"), "{refused:?}");
    }
    assert!(!key.exists());
}

#[test]
fn rotating_the_key_of_an_empty_folder_fails_and_creates_nothing() {
    let program = Program::new();
    let refused = program.run(&ROTATE, "");
    assert!(refused.code == 1 && refused.err.contains("there is no installation in"), "{refused:?}");
    assert!(!program.data_dir().join("data").exists());
}
