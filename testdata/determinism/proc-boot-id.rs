// source: /proc/sys/kernel/random/boot_id
// state: held
// control: replaced: one start of a host has one, and a world without the hold no such file
fn main() {
    println!("{:?}", std::fs::read_to_string("/proc/sys/kernel/random/boot_id"));
}
