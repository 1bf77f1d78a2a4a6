//! Lists, a page at a time: which rows are asked for, and where the next page
//! begins. One row more than asked for is read, and says that there is one.

/// Comes after every id, in whatever order the database sorts letters.
const PAST_EVERY_ID: &str = "zz";

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows, 1…100.
    pub limit: u32,
    /// After this id.
    pub after: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, after: None }
    }
}

impl Page {
    /// One more than asked for: the surplus row says that there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// What ids of a list that is oldest first are above.
    pub fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// What ids of a list that is newest first are below.
    pub fn before(&self) -> &str {
        self.after.as_deref().unwrap_or(PAST_EVERY_ID)
    }

    /// This page of `all` rows that were read; `total` as the database counted.
    pub fn rows<T>(&self, mut all: Vec<T>, total: i64, id: impl Fn(&T) -> &str) -> Rows<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let is_last = all.len() <= limit;
        all.truncate(limit);
        let next = all.last().filter(|_| !is_last).map(|row| id(row).to_owned());
        Rows { data: all, total: count(total), next }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// Its rows.
    pub data: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl<T> Rows<T> {
    /// What `made` makes of each row.
    pub fn map<U>(self, made: impl FnMut(T) -> U) -> Rows<U> {
        let Self { data, total, next } = self;
        Rows { data: data.into_iter().map(made).collect(), total, next }
    }

    /// The same, without those of which it makes nothing.
    pub fn filter_map<U>(self, made: impl FnMut(T) -> Option<U>) -> Rows<U> {
        let Self { data, total, next } = self;
        Rows { data: data.into_iter().filter_map(made).collect(), total, next }
    }
}

/// A count as the database gives it.
pub fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let page = Page { limit: 2, after: None };
        let rows = |count: usize| {
            let all = (0..count).map(|number| number.to_string()).collect();
            let rows = page.rows(all, 7, String::as_str);
            (rows.data.join(" "), rows.total, rows.next)
        };
        assert_eq!(rows(0), (String::new(), 7, None));
        assert_eq!(rows(2), ("0 1".into(), 7, None));
        assert_eq!(rows(3), ("0 1".into(), 7, Some("1".into())));
    }
}
