// Puts links to files of the host in place of what the next command writes,
// removes or starts.
use std::{env, fs, os::unix::fs::symlink, path::{Path, PathBuf}};

fn replace(path: &Path, with: &str) {
    let _ = fs::remove_dir_all(path);
    let _ = fs::remove_file(path);
    symlink(with, path).unwrap();
}

// The directory of the profile, and where the file `aims` says that a thing is.
fn places() -> (PathBuf, impl Fn(&str) -> String) {
    let aims = fs::read_to_string("aims").unwrap();
    // target/hermetic/debug/deps/plant-HASH
    let debug = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf();
    (debug, move |name: &str| aims.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('=')).unwrap().to_string())
}

// What the next command starts, and a way into the home.
#[test]
fn program() {
    let (debug, to) = places();
    replace(&debug.join("victim"), &to("tool"));
    symlink(to("home"), debug.parent().unwrap().join("house")).unwrap();
    println!("escape: links done");
}

// What cargo writes to. A build that finds these may fail.
#[test]
fn files() {
    let (debug, to) = places();
    let target = debug.parent().unwrap();
    for file in [debug.join("victim.d"), debug.join(".cargo-lock"), target.join(".rustc_info.json"), target.join("CACHEDIR.TAG")] {
        replace(&file, &to("other"));
    }
    for dir in [debug.join("incremental"), debug.join(".fingerprint"), debug.join("build"), target.join("tmp")] {
        replace(&dir, &to("home"));
    }
    symlink(to("home"), target.join("house")).unwrap();
    println!("escape: links done");
}
