//! `#[derive(Fields)]`, written on the compiler's own interface alone.

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// Gives a struct with named fields the constant `FIELDS`, their names in the
/// order in which they are written.
#[proc_macro_derive(Fields)]
pub fn fields(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let mut name = None;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word.to_string() == "struct" => {
                name = tokens.next().map(|t| t.to_string());
            }
            TokenTree::Group(body) if name.is_some() && body.delimiter() == Delimiter::Brace => {
                return implement(&name.unwrap_or_default(), &names(body.stream()));
            }
            _ => {}
        }
    }
    "compile_error!(\"Fields needs a struct with named fields\");"
        .parse()
        .unwrap()
}

fn implement(name: &str, fields: &[String]) -> TokenStream {
    format!("impl {name} {{ pub const FIELDS: &'static [&'static str] = &{fields:?}; }}")
        .parse()
        .unwrap()
}

/// The names in the body of a struct: the word before each single `:` that
/// stands outside of any `<...>`.
fn names(body: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut last, mut expected) = (0, String::new(), true);
    for token in body {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' => depth -= 1,
                ',' if depth == 0 => expected = true,
                ':' if expected => {
                    names.push(last.clone());
                    expected = false;
                }
                _ => {}
            }
        }
        last = token.to_string();
    }
    names
}
