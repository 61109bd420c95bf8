include!("../attempts.rs");

#[proc_macro]
pub fn act(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    for line in all() {
        eprintln!("{line}");
    }
    proc_macro::TokenStream::new()
}
