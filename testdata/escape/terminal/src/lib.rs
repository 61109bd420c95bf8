#[test]
fn act() {
    println!("\x1b]0;owned\x07\x1b[2J\x1b[H from a test");
}
