fn main() {
    println!("the program of the project");
}
