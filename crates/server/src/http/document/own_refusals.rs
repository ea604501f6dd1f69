//! The refusals of one route. A route lists them as types in its `#[utoipa::path]`, and the document takes the
//! status, the code and the meaning from their declaration.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::refusals;
use crate::http::answer::error::{DeclaredRefusal, Refusal};

/// The answers for a refusal, such as `Refusals<AccountNotFound>`, or for several, such as `Refusals<(AccountNotFound,
/// ChatNotFound)>`. If several have the same status, the first one becomes the example. A route must not describe one
/// of these statuses a second time, because utoipa keeps only the last description.
pub(in crate::http) struct Refusals<L>(PhantomData<L>);

impl<L: List> IntoResponses for Refusals<L> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let described = refusals::by_status(&L::all()).into_iter();
        described.map(|(status, text)| (status, Response::new(text).into())).collect()
    }
}

/// A refusal, or a tuple of refusals.
pub(in crate::http) trait List {
    fn all() -> Vec<Refusal>;
}

impl<R: DeclaredRefusal> List for R {
    fn all() -> Vec<Refusal> {
        vec![R::REFUSAL]
    }
}

/// Implements `List` for tuples of these lengths and shorter ones.
macro_rules! tuples {
    () => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first: DeclaredRefusal $(, $rest: DeclaredRefusal)*> List for ($first, $($rest,)*) {
            fn all() -> Vec<Refusal> {
                vec![$first::REFUSAL $(, $rest::REFUSAL)*]
            }
        }
        tuples!($($rest)*);
    };
}

tuples!(A B C D E F G H I J K M);

#[cfg(test)]
mod tests {
    use super::super::walk;
    use crate::http::answer::error::ApiError;
    use crate::http::answer::problem::MEDIA_TYPE;

    #[test]
    fn each_refusal_in_the_openapi_document_has_its_declared_status() {
        let mut document = crate::http::openapi();
        walk::responses(&mut document, |status, response| {
            if response["content"].get(MEDIA_TYPE).is_none() {
                return;
            }
            for described in response["description"].as_str().unwrap().split("\n\n") {
                let code = described.split('`').nth(1).unwrap();
                let mut declared = ApiError::DECLARED.iter();
                let is_declared =
                    declared.any(|refusal| refusal.status.as_str() == status && refusal.code == code);
                assert!(is_declared, "{status} {described}");
            }
        });
    }

    #[test]
    fn the_meaning_of_every_refusal_is_written_in_whole_sentences() {
        for refusal in ApiError::DECLARED {
            let first = refusal.meaning.chars().next().unwrap();
            assert!(!first.is_lowercase(), "{}", refusal.code);
            assert!(refusal.meaning.ends_with('.'), "{}", refusal.code);
        }
    }
}
