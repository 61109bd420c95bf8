//! Compiles C in a build script.
//!
//! It does what the `cc` crate does, in the same order and with the same
//! variables, as far as one static library for a Unix target needs it: it takes
//! the compiler from `CC`, adds the words of `CFLAGS`, packs the objects with
//! `AR`, and tells cargo what to link and which variables it read.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// A static library to be.
#[derive(Default)]
pub struct Build {
    files: Vec<PathBuf>,
    includes: Vec<PathBuf>,
}

impl Build {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a C source file, relative to the package.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Adds a directory of headers, relative to the package.
    pub fn include(mut self, path: impl Into<PathBuf>) -> Self {
        self.includes.push(path.into());
        self
    }

    /// Compiles everything into `lib<name>.a` and tells cargo to link it. Ends
    /// the build script with the reason when that is not possible.
    pub fn compile(self, name: &str) {
        let out_dir = PathBuf::from(given("OUT_DIR"));
        let objects: Vec<PathBuf> = self
            .files
            .iter()
            .map(|source| {
                let stem = source.file_stem().unwrap_or(OsStr::new("unnamed"));
                let object = out_dir.join(stem).with_extension("o");
                run(self.compiler().arg("-o").arg(&object).arg("-c").arg(source));
                println!("cargo:rerun-if-changed={}", source.display());
                object
            })
            .collect();
        let library = out_dir.join(format!("lib{name}.a"));
        remove(&library); // `ar` would add to it
        let archiver = chosen("AR").unwrap_or_else(|| "ar".into());
        run(Command::new(archiver)
            .env("ZERO_AR_DATE", "1") // for an `ar` that writes the time otherwise
            .arg("crs")
            .arg(&library)
            .args(&objects));
        println!("cargo:rustc-link-search=native={}", out_dir.display());
        println!("cargo:rustc-link-lib=static={name}");
    }

    /// The compiler with every flag but the file names.
    fn compiler(&self) -> Command {
        let mut command = Command::new(chosen("CC").unwrap_or_else(|| "cc".into()));
        command.arg(format!("-O{}", given("OPT_LEVEL")));
        command.args(["-ffunction-sections", "-fdata-sections", "-fPIC"]);
        if given("DEBUG") != "false" {
            command.arg("-g");
        }
        for dir in &self.includes {
            command.arg("-I").arg(dir);
        }
        command.args(["-Wall", "-Wextra"]);
        if let Some(flags) = chosen("CFLAGS") {
            command.args(flags.split_whitespace());
        }
        command
    }
}

/// A variable that cargo gives to every build script.
fn given(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|e| fail(&format!("{name}: {e}; this runs in a build script only")))
}

/// The most special one of the variables that may choose a tool or its flags,
/// if any is set: for this target, for this kind of target, for all.
fn chosen(name: &str) -> Option<String> {
    let target = given("TARGET");
    let kind = if target == given("HOST") {
        "HOST"
    } else {
        "TARGET"
    };
    [
        format!("{name}_{target}"),
        format!("{name}_{}", target.replace('-', "_")),
        format!("{kind}_{name}"),
        name.to_string(),
    ]
    .iter()
    .find_map(|variable| {
        println!("cargo:rerun-if-env-changed={variable}");
        env::var(variable).ok()
    })
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("{command:?}: {status}")),
        Err(e) => fail(&format!("{command:?}: {e}")),
    }
}

fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            fail(&format!("{}: {e}", path.display()))
        }
        _ => {}
    }
}

fn fail(reason: &str) -> ! {
    eprintln!("cc-lite: {reason}");
    process::exit(1)
}
