//! Tells the crate by which compiler and for which platform it is built. The commit is left to each program's `main`:
//! told here, every commit would build the whole crate anew.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A release holds the dashboard as it was built; a debug build reads it from here, and need not be built anew.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../dashboard/dist");
    }
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let said = Command::new(compiler).arg("--version").output();
    let version = said.ok().filter(|said| said.status.success());
    let version = version.and_then(|said| String::from_utf8(said.stdout).ok());
    let version = version.as_deref().map_or("unknown compiler", str::trim);
    println!("cargo::rustc-env=LINEKEEPER_RUSTC={version}");
    let target = env::var("TARGET").unwrap_or_else(|_| "unknown platform".to_owned());
    println!("cargo::rustc-env=LINEKEEPER_TARGET={target}");
}
