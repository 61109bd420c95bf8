victim::act!();

fn main() {}
