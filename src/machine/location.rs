//! Where this machine stands, as a zone key of Electricity Maps (`DE`,
//! `US-CAL-CISO`).
//!
//! The surprising rule: a time zone gives a country and never a finer zone,
//! and UTC, or a zone that is only an offset, gives nothing at all. crewmesh
//! keeps the zone; what is made of it is up to who reads it.

use std::fs;
use std::iter::FilterMap;
use std::path::Path;
use std::str::Lines;
use std::sync::OnceLock;

use crate::environment::{Environment, Variables};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Language, Message, Words, folded};
use crate::model::GuessedZone;

/// A place with a power grid of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// As Electricity Maps writes it: a country, or a part of one.
    pub key: &'static str,
    time_zones: &'static str,
    names: [&'static str; Language::ALL.len()],
}

impl Zone {
    /// What people call it.
    pub fn name(&self, language: Language) -> &'static str {
        self.names[language.index()]
    }

    /// The country it is, or lies in.
    pub fn country(&self) -> &'static str {
        &self.key[..2]
    }

    /// Whether it is a part of a country.
    pub fn is_finer(&self) -> bool {
        self.key.len() > 2
    }
}

/// Every zone, sorted by key.
pub fn zones() -> &'static [Zone] {
    static ZONES: OnceLock<Vec<Zone>> = OnceLock::new();
    ZONES.get_or_init(|| {
        let mut names = Language::ALL.map(|language| rows(language.zone_names()));
        let zone = |(key, time_zones)| {
            let name = |names: &mut Rows| names.next().map_or(key, |(_, name)| name);
            Zone { key, time_zones, names: names.each_mut().map(name) }
        };
        rows(TABLE).map(zone).collect()
    })
}

const TABLE: &str = include_str!("../../assets/zones.tsv");

/// A key and what stands beside it, on each line that is no comment.
type Rows = FilterMap<Lines<'static>, fn(&'static str) -> Option<(&'static str, &'static str)>>;

/// The rows of a table; all tables have the same keys in the same order.
fn rows(table: &'static str) -> Rows {
    table.lines().filter_map(row)
}

fn row(line: &'static str) -> Option<(&'static str, &'static str)> {
    line.split_once('\t').filter(|_| !line.starts_with('#'))
}

/// The zone with this key, in any case.
pub fn zone(key: &str) -> Option<&'static Zone> {
    zones().iter().find(|zone| zone.key.eq_ignore_ascii_case(key.trim()))
}

/// Zones whose key or name, in any language, has `query` in it, accents and
/// case aside; those that begin with it first. Then a country by a city of its
/// time zones, and the parts of a country whose name begins so. An empty query
/// finds all.
pub fn find(query: &str) -> Vec<&'static Zone> {
    let query = folded(query.trim());
    let whole = |zone: &&Zone| !zone.is_finer() && rank(zone, &query).is_some_and(|at| at < 2);
    let countries: Vec<&str> = zones().iter().filter(whole).map(Zone::country).collect();
    let rank = |zone: &Zone| {
        let city = || has_city(zone, &query).then_some(4);
        let part = || countries.contains(&zone.country()).then_some(5);
        rank(zone, &query).or_else(city).or_else(part)
    };
    let mut found: Vec<(u8, &Zone)> =
        zones().iter().filter_map(|zone| Some((rank(zone)?, zone))).collect();
    found.sort_by_key(|(rank, zone)| (*rank, zone.key));
    found.into_iter().map(|(_, zone)| zone).collect()
}

/// Whether a time zone of the country is named after a city that begins with
/// `query` (folded).
fn has_city(zone: &Zone, query: &str) -> bool {
    let city = |name: &str| folded(name.rsplit('/').next().unwrap_or(name)).replace('_', " ");
    zone.time_zones.split(' ').any(|name| name.contains('/') && city(name).starts_with(query))
}

/// How well `query` (folded) names the zone; lower is better.
fn rank(zone: &Zone, query: &str) -> Option<u8> {
    let key = folded(zone.key);
    let names = zone.names.map(folded);
    if key == query || names.iter().any(|name| name == query) {
        Some(0)
    } else if names.iter().any(|name| name.starts_with(query)) {
        Some(1)
    } else if key.starts_with(query) {
        Some(2)
    } else if names.iter().any(|name| name.contains(query)) || key.contains(query) {
        Some(3)
    } else {
        None
    }
}

/// The zone somebody wrote: a key of ours, a name of exactly one zone, or
/// anything in the shape of a key, since grids are added faster than releases.
///
/// # Errors
/// When it is none of these; the hint names the nearest.
pub fn parse(text: &str) -> Result<(String, Option<&'static Zone>), AppError> {
    if let Some(zone) = zone(text) {
        return Ok((zone.key.to_owned(), Some(zone)));
    }
    let found = find(text);
    let wanted = folded(text.trim());
    if let [zone] =
        found.iter().filter(|zone| rank(zone, &wanted) == Some(0)).collect::<Vec<_>>()[..]
    {
        return Ok((zone.key.to_owned(), Some(zone)));
    }
    let upper = text.trim().to_ascii_uppercase();
    if upper.contains('-') && is_key_shaped(&upper) {
        return Ok((upper, None));
    }
    let error = AppError::new(
        ErrorKind::BadArguments,
        "unknown_location",
        Message::new("location-unknown").with("location", crate::i18n::printable(text)),
    );
    let english = |zone: &&Zone| format!("{} ({})", zone.key, zone.name(Language::ENGLISH));
    let near: Vec<String> = found.iter().take(5).map(english).collect();
    Err(if near.is_empty() || wanted.is_empty() {
        error.hint(Message::new("location-unknown-hint"))
    } else {
        error.hint(Message::new("location-near-hint").with("zones", near.join(", ")))
    })
}

/// `US`, `US-CAL-CISO`: two letters of a country we know, then parts.
fn is_key_shaped(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next().is_some_and(|country| country.len() == 2 && zone(country).is_some())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// Where this machine probably stands: what `CREWMESH_LOCATION` says, else the
/// country of the time zone; `None` when neither tells.
pub fn guess(env: &Environment) -> Option<GuessedZone> {
    if let Some(named) = env.variables.get("CREWMESH_LOCATION")
        && let Ok((key, known)) = parse(named)
    {
        let name = known.map_or_else(|| key.clone(), |zone| local_name(zone, env));
        return Some(GuessedZone { key, name, from: "CREWMESH_LOCATION".to_owned() });
    }
    let time_zone = time_zone(&env.variables, Path::new("/"))?;
    let zone = of_time_zone(&time_zone)?;
    Some(GuessedZone { key: zone.key.to_owned(), name: local_name(&zone, env), from: time_zone })
}

fn local_name(zone: &Zone, env: &Environment) -> String {
    zone.name(env.language.unwrap_or_default()).to_owned()
}

/// The country in which clocks show this time zone. Asked before the first
/// frame, so only the lines that name it are read.
pub fn of_time_zone(time_zone: &str) -> Option<Zone> {
    TABLE.match_indices(time_zone).find_map(|(at, _)| {
        let line = TABLE[..at].rfind('\n').map_or(0, |end| end + 1);
        let (key, time_zones) = row(TABLE[line..].lines().next()?)?;
        time_zones.split(' ').any(|name| name == time_zone).then(|| {
            let name = |language: Language| {
                rows(language.zone_names()).find(|(other, _)| *other == key).map(|(_, name)| name)
            };
            Zone { key, time_zones, names: Language::ALL.map(|at| name(at).unwrap_or(key)) }
        })
    })
}

/// The time zone's name: TZ where it is set, and then whatever it says; else
/// what the system's clock is set to. `root` is `/`.
fn time_zone(variables: &Variables, root: &Path) -> Option<String> {
    if let Some(value) = variables.get("TZ") {
        return iana_name(value);
    }
    let etc = root.join("etc");
    fs::read_link(etc.join("localtime"))
        .ok()
        .and_then(|target| iana_name(target.to_str()?))
        .or_else(|| iana_name(fs::read_to_string(etc.join("timezone")).ok()?.trim()))
        .or_else(|| {
            // Windows and the rest: whoever knows the system's own ways.
            let system = jiff::tz::TimeZone::try_system().ok()?;
            iana_name(system.iana_name()?)
        })
}

/// `Europe/Berlin` from `Europe/Berlin`, `:Europe/Berlin` or a path into a
/// zoneinfo directory; `None` from an offset rule (`CET-1CEST`).
fn iana_name(text: &str) -> Option<String> {
    let text = text.strip_prefix(':').unwrap_or(text);
    let name = match text.rsplit_once("zoneinfo/") {
        Some((_, name)) => name,
        None if text.starts_with('/') => return None,
        None => text,
    };
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let plain = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
    plain.then(|| name.to_owned())
}

/// The zone's key and name for a sentence: `DE (Germany)`.
pub fn described(key: &str, language: Language) -> Words {
    match zone(key) {
        Some(zone) => Words::Verbatim(format!("{} ({})", zone.key, zone.name(language))),
        None => Words::verbatim(key),
    }
}

/// What people call the zone: `Germany`; the key where we know no name.
pub fn name_of(key: &str, language: Language) -> Words {
    zone(key).map_or_else(
        || Words::verbatim(key),
        |zone| Words::Verbatim(zone.name(language).to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().copied().collect())
    }

    fn guessed(pairs: &[(&str, &str)]) -> Option<String> {
        guess(&env(pairs)).map(|zone| format!("{} {} {}", zone.key, zone.name, zone.from))
    }

    #[test]
    fn the_table_is_whole() {
        assert!(zones().len() > 380);
        assert!(zones().is_sorted_by(|a, b| a.key < b.key), "sorted, no key twice");
        let keys = |table| rows(table).map(|(key, _)| key).collect::<Vec<_>>();
        for language in Language::ALL {
            assert_eq!(keys(language.zone_names()), keys(TABLE), "{language:?}");
            assert!(zones().iter().all(|zone| !zone.name(language).is_empty()), "{language:?}");
        }
        let mut names: Vec<&str> = Vec::new();
        for zone in zones() {
            assert!(is_key_shaped(zone.key), "{zone:?}");
            assert!(!zone.is_finer() || zone.time_zones.is_empty(), "{zone:?}");
            names.extend(zone.time_zones.split(' ').filter(|name| !name.is_empty()));
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a time zone stands in two countries");
    }

    #[test]
    fn a_time_zone_gives_the_country() {
        assert_eq!(
            guessed(&[("TZ", "Europe/Berlin")]).as_deref(),
            Some("DE Germany Europe/Berlin")
        );
        assert_eq!(guessed(&[("TZ", ":Asia/Calcutta")]).as_deref(), Some("IN India Asia/Calcutta"));
        assert_eq!(
            guessed(&[("TZ", "/usr/share/zoneinfo/posix/US/Pacific")]).as_deref(),
            Some("US United States US/Pacific")
        );
        assert_eq!(
            guessed(&[("TZ", "America/Mexico_City"), ("LANG", "es_MX.UTF-8")]).as_deref(),
            Some("MX México America/Mexico_City")
        );
    }

    #[test]
    fn utc_and_offsets_tell_nothing() {
        for tz in [
            "UTC",
            "Etc/UTC",
            "GMT",
            "Etc/GMT+3",
            "CET",
            "EST5EDT",
            "CET-1CEST,M3.5.0",
            "Nowhere/X",
            "/x/y",
        ] {
            assert_eq!(guessed(&[("TZ", tz)]), None, "{tz}");
        }
    }

    #[test]
    fn what_was_said_comes_before_what_was_worked_out() {
        assert_eq!(
            guessed(&[("TZ", "Europe/Berlin"), ("CREWMESH_LOCATION", "us-cal-ciso")]).as_deref(),
            Some("US-CAL-CISO California ISO CREWMESH_LOCATION")
        );
        assert_eq!(
            guessed(&[("TZ", "Europe/Berlin"), ("CREWMESH_LOCATION", "the moon")]).as_deref(),
            Some("DE Germany Europe/Berlin")
        );
    }

    #[test]
    fn the_systems_clock_is_asked_when_tz_says_nothing() {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        fs::create_dir(&etc).unwrap();
        fs::write(etc.join("timezone"), "Europe/Madrid\n").unwrap();
        assert_eq!(time_zone(&Variables::default(), root.path()).as_deref(), Some("Europe/Madrid"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../usr/share/zoneinfo/Asia/Tokyo", etc.join("localtime"))
                .unwrap();
            assert_eq!(
                time_zone(&Variables::default(), root.path()).as_deref(),
                Some("Asia/Tokyo")
            );
        }
        let utc: Variables = [("TZ", "UTC")].into_iter().collect();
        assert_eq!(time_zone(&utc, root.path()).as_deref(), Some("UTC"));
    }

    #[test]
    fn a_zone_is_found_by_key_or_name() {
        assert_eq!(find("germany")[0].key, "DE");
        assert_eq!(find("alemania")[0].key, "DE");
        assert_eq!(find("us-tex")[0].key, "US-TEX-ERCO");
        assert_eq!(find("tokyo")[0].key, "JP-TK");
        assert_eq!(find("buenos aires")[0].key, "AR");
        let states: Vec<_> = find("united states").iter().map(|zone| zone.key).collect();
        assert!(states.contains(&"US-CAL-CISO"), "{states:?}");
        assert_eq!(find("").len(), zones().len());
        assert!(find("qqqq").is_empty());
    }

    #[test]
    fn what_somebody_wrote_is_a_zone_or_is_said_not_to_be() {
        assert_eq!(parse(" de ").unwrap().0, "DE");
        assert_eq!(parse("Suecia").unwrap().0, "SE");
        assert_eq!(parse("us-new-grid").unwrap().0, "US-NEW-GRID");
        assert_eq!(parse("QQ").unwrap_err().code, "unknown_location");
        assert_eq!(parse("").unwrap_err().code, "unknown_location");
    }

    proptest! {
        #[test]
        fn whatever_stands_in_tz_gives_a_known_zone_or_nothing(tz in "\\PC{0,40}") {
            if let Some(zone) = guess(&env(&[("TZ", tz.as_str())])) {
                prop_assert!(super::zone(&zone.key).is_some_and(|zone| !zone.is_finer()));
            }
        }

        #[test]
        fn every_zone_finds_itself_first(index in 0..zones().len()) {
            let zone = &zones()[index];
            prop_assert_eq!(find(zone.key)[0].key, zone.key);
            prop_assert_eq!(parse(zone.key).unwrap().0, zone.key);
        }
    }
}
