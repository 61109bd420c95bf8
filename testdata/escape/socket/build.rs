// Reaches a process of the host by a socket that it has put into the root.
fn main() {
    match std::os::unix::net::UnixStream::connect("s") {
        Ok(_) => println!("cargo::warning=escape: socket-in-root done"),
        Err(e) => println!("cargo::warning=escape: socket-in-root refused: {e}"),
    }
}
