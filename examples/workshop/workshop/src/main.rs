use workshop::{amount, Bench};

fn main() {
    let bench = Bench {
        name: "oak".into(),
        net: 10_000,
        drawers: [("small".into(), 4), ("large".into(), 2)].into(),
    };
    let drawers: u8 = bench.drawers.values().sum();
    println!("rust:  the {} bench has {drawers} drawers", bench.name);
    println!("macro: a bench has the fields {}", Bench::FIELDS.join(", "));
    println!(
        "c:     {} net is {} with {} percent tax",
        amount(bench.net.into()),
        amount(workshop_c::gross(bench.net)),
        workshop_c::tax_percent()
    );
}
