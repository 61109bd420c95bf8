//! One derive macro, by hand so that the tree needs no other crate.

use proc_macro::{TokenStream, TokenTree};

/// Gives a struct the constant `NAME`.
#[proc_macro_derive(Describe)]
pub fn describe(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Ident(word) if word.to_string() == "struct") {
            let name = tokens.next().expect("a struct has a name");
            return format!("impl {name} {{ const NAME: &'static str = \"{name}\"; }}")
                .parse()
                .expect("the text is Rust");
        }
    }
    panic!("only for a struct")
}
