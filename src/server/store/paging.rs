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
    pub(super) fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// What ids of a list that is newest first are below.
    pub(super) fn before(&self) -> &str {
        self.after.as_deref().unwrap_or(PAST_EVERY_ID)
    }

    /// The rows of this page, and where the next begins.
    pub(super) fn cut<T>(
        &self,
        mut rows: Vec<T>,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return (rows, None);
        }
        rows.truncate(limit);
        let next = rows.last().map(|row| id(row).to_owned());
        (rows, next)
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

/// A count as the database gives it.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let page = Page { limit: 2, after: None };
        let rows = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(page.cut(rows(2), String::as_str), (rows(2), None));
        assert_eq!(page.cut(rows(3), String::as_str), (rows(2), Some("1".into())));
    }
}
