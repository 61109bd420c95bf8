fn main() {
    prost_build::compile_protos(&["shop.proto"], &["."]).unwrap();
}
