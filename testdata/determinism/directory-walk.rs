// source: a walk of a tree in Rust, as build scripts make it for rerun-if-changed
// state: held
// needs: directories in memory
fn walk(dir: &std::path::Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        if path.is_dir() {
            walk(&path);
        }
    }
}

fn main() {
    walk("/in/deep".as_ref());
    walk("/in/few".as_ref());
}
