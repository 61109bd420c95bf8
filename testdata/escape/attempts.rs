// What a hostile build tries. See README.md.

use std::io::Write;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::{collections::HashMap, fs, io, net, os::unix::fs::symlink, path::Path};

fn aims() -> HashMap<String, String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("aims")).expect("aims");
    text.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

extern "C" {
    fn kill(pid: i32, signal: i32) -> i32;
}

fn append(path: impl AsRef<Path>) -> io::Result<()> {
    fs::OpenOptions::new().append(true).open(path)?.write_all(b"// planted\n")
}

/// Tries everything and returns a line for each.
fn all() -> Vec<String> {
    let aims = aims();
    let to = |name: &str| aims[name].as_str();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let attempts: Vec<(&str, Box<dyn Fn() -> io::Result<()> + '_>)> = vec![
        ("source", Box::new(|| append(root.join("src/lib.rs")))),
        ("manifest", Box::new(|| append(root.join("aims")))),
        ("source-by-its-place", Box::new(|| append(to("source")))),
        ("new-source", Box::new(|| fs::write(root.join("planted.rs"), "planted"))),
        ("above", Box::new(|| fs::write(root.join("../planted"), "planted"))),
        ("home", Box::new(|| fs::write(Path::new(to("home")).join(".bashrc"), "planted"))),
        ("home-by-variable", Box::new(|| fs::write(Path::new(&std::env::var("HOME").unwrap()).join(".profile"), "planted"))),
        ("cargo-home", Box::new(|| fs::write(Path::new(to("home")).join(".cargo/config.toml"), "planted"))),
        ("store", Box::new(|| fs::write(Path::new(to("store")).join("planted"), "planted"))),
        ("other-target", Box::new(|| append(to("other")))),
        ("link", Box::new(|| {
            let link = std::env::temp_dir().join(format!("link-{}", std::process::id()));
            symlink(to("other"), &link)?;
            let result = append(&link);
            fs::remove_file(&link)?;
            result
        })),
        ("secret", Box::new(|| fs::read(to("secret")).map(|_| ()))),
        ("tcp", Box::new(|| net::TcpStream::connect(to("tcp")).map(|_| ()))),
        ("unix", Box::new(|| UnixStream::connect(to("unix")).map(|_| ()))),
        ("abstract", Box::new(|| UnixStream::connect_addr(&SocketAddr::from_abstract_name(to("abstract"))?).map(|_| ()))),
        ("signal", Box::new(|| match unsafe { kill(to("pid").parse().unwrap(), 10) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        })),
    ];
    attempts.iter().map(|(name, attempt)| match attempt() {
        Ok(()) => format!("escape: {name} done"),
        Err(e) => format!("escape: {name} refused: {e}"),
    }).collect()
}
