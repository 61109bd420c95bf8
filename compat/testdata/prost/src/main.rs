mod shop {
    include!(concat!(env!("OUT_DIR"), "/shop.rs"));
}

use prost::Message;

fn main() {
    let item = shop::Item { name: "tea".into(), price: 3 };
    assert_eq!(shop::Item::decode(&item.encode_to_vec()[..]).unwrap(), item);
    println!("ok");
}
