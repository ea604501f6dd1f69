//! Some countries added digits to existing phone numbers. For accounts that were registered before, WhatsApp may
//! still use the old, shorter spelling. The number does not show when the account was registered, so both
//! spellings must count as the same number.
//!
//! Two spellings count as the same number only if they can never belong to two different subscribers. The sources
//! are listed for each country.

use super::digits::Digits;

/// The spelling without the digits that the country added.
pub(super) fn shortest(digits: Digits) -> Digits {
    match added(digits.as_str().as_bytes()) {
        Some((from, count)) => digits.without(from, count),
        None => digits,
    }
}

/// The spelling with the added digits, if the country added digits to such a number.
pub(super) fn longest(digits: Digits) -> Option<Digits> {
    let short = shortest(digits);
    let texts: &[(usize, &str)] = &[(4, "9"), (2, "1"), (2, "9"), (3, "01"), (3, "05"), (3, "07")];
    let tried = texts.iter().filter_map(|(at, text)| {
        let (before, after) = short.as_str().split_at_checked(*at)?;
        Digits::new(&[before, text, after].concat())
    });
    tried
        .into_iter()
        .find(|long| added(long.as_str().as_bytes()).is_some() && shortest(*long).as_str() == short.as_str())
}

/// Where the country added digits, and how many. `None` if the phone number has no added digits.
fn added(number: &[u8]) -> Option<(usize, usize)> {
    match *number {
        // Brazil: 55, area code, 9, eight digits. Since 2016, all mobile numbers have a ninth digit. It was put
        // before numbers of eight digits that begin with 6 to 9 (ANATEL, resolution 553/2010). A number of eight
        // digits that begins with 2 to 5 is a landline, and the mobile number with a 9 before it belongs to
        // another subscriber. WhatsApp: support.gupshup.io article 4407840924953; tulir/whatsmeow issue 874;
        // devlikeapro/waha pull 1976.
        [b'5', b'5', _, _, b'9', b'6'..=b'9', _, _, _, _, _, _, _] => Some((4, 1)),
        // Mexico: 52, 1, ten digits. The 1 marked mobile numbers until 3 August 2019 (IFT, numbering plan of
        // 2018). WhatsApp still writes the 1: faq.whatsapp.com/1294841057948784; tulir/whatsmeow issue 874.
        [b'5', b'2', b'1', _, _, _, _, _, _, _, _, _, _] => Some((2, 1)),
        // Argentina: 54, 9, ten digits. The 9 marks a call from abroad to a mobile number, and is not part of the
        // subscriber's ten digits. WhatsApp writes the 9: faq.whatsapp.com/1294841057948784.
        [b'5', b'4', b'9', _, _, _, _, _, _, _, _, _, _] => Some((2, 1)),
        // Ivory Coast: 225, two digits of the operator, eight digits. The two digits were added on 31 January 2021
        // (ARTCI): 01 for Moov, 05 for MTN, 07 for Orange. The second of the eight digits shows the operator
        // (google/libphonenumber issue 1909). A number with another combination is newer, and has no shorter
        // spelling. WhatsApp uses both spellings for older accounts: devlikeapro/waha issue 1894, green-api/issues
        // issue 1012.
        [b'2', b'2', b'5', b'0', operator, first, second, _, _, _, _, _, _] => {
            let added = match second {
                b'0'..=b'3' => b'1',
                b'4'..=b'6' => b'5',
                _ => b'7',
            };
            let was_mobile = !matches!(first, b'2' | b'3');
            (was_mobile && operator == added).then_some((3, 2))
        }
        // Benin: 229, 01, eight digits. The 01 was put before every number on 30 November 2024 (ARCEP, decision
        // 2020-349; mobi/telephone_number issue 138). So a number of eight digits is always the older spelling.
        [b'2', b'2', b'9', b'0', b'1', _, _, _, _, _, _, _, _] => Some((3, 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::phone::PhoneNumber;

    fn number(text: &str) -> PhoneNumber {
        text.parse().unwrap()
    }

    #[test]
    fn the_long_and_the_short_spelling_of_a_number_are_equal() {
        for (long, short) in [
            ("+5531999990000", "+553199990000"),
            ("+5511987654321", "+551187654321"),
            ("+5584961234567", "+558461234567"),
            ("+5215512345678", "+525512345678"),
            ("+5491112345678", "+541112345678"),
            ("+2250708123456", "+22508123456"),
            ("+2250544123456", "+22544123456"),
            ("+2250101123456", "+22501123456"),
            ("+2290197123456", "+22997123456"),
        ] {
            let (long, short) = (number(long), number(short));
            assert_eq!(long, short);
            assert_eq!(long.key(), short.key());
            assert_eq!(HashSet::from([long, short]).len(), 1, "{}", long.digits());
        }
    }

    #[test]
    fn all_spellings_of_a_number_are_listed() {
        let spellings =
            |text| number(text).spellings().map(|digits| format!("+{digits}")).collect::<Vec<_>>();
        for text in ["+5531999990000", "+553199990000"] {
            assert_eq!(spellings(text), ["+553199990000", "+5531999990000"]);
        }
        assert_eq!(spellings("+525512345678"), ["+525512345678", "+5215512345678"]);
        assert_eq!(spellings("+22508123456"), ["+22508123456", "+2250708123456"]);
        assert_eq!(spellings("+551133334444"), ["+551133334444"]);
        assert_eq!(spellings("+15551234567"), ["+15551234567"]);
    }

    #[test]
    fn a_number_keeps_the_spelling_in_which_it_was_read() {
        for text in ["+5531999990000", "+553199990000"] {
            assert_eq!(number(text).to_string(), text);
        }
    }

    #[test]
    fn similar_numbers_of_different_subscribers_are_not_equal() {
        for (one, other) in [
            // A landline of Sao Paulo, and a mobile number that ends with the same eight digits.
            ("+551133334444", "+5511933334444"),
            ("+5531999990000", "+5521999990000"),
            // A newer number of Orange, and an older number of MTN that ends with the same digits.
            ("+2250704123456", "+22504123456"),
            ("+5215512345678", "+5215512345679"),
            // Two numbers of a country without a second spelling.
            ("+4915112345678", "+495112345678"),
            // Two numbers of different countries.
            ("+2250197123456", "+22997123456"),
        ] {
            assert_ne!(number(one), number(other), "{one} {other}");
        }
    }
}
