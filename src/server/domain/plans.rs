//! What an account has room for: plans that the operator names when the
//! instance starts (`--plan free:meshes=3,members=10`), the smallest first.
//! Without any there is room for everything. Pure.
//!
//! The surprising rule: an account whose plan the operator names no more is on
//! the first one again, as is one that never had any; so that a name taken away
//! opens nothing.

use std::str::FromStr;

/// What a plan bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Meshes that the account made.
    Meshes,
    /// Members, service clients among them, of each of those.
    Members,
    /// Machines of the account.
    Machines,
}

impl Bound {
    /// What there is no room for, as the API says it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Meshes => "meshes",
            Self::Members => "members in a mesh",
            Self::Machines => "machines",
        }
    }
}

/// One plan; nothing where it bounds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    meshes: Option<u64>,
    members: Option<u64>,
    machines: Option<u64>,
}

impl Plan {
    fn room(&self, bound: Bound) -> Option<u64> {
        match bound {
            Bound::Meshes => self.meshes,
            Bound::Members => self.members,
            Bound::Machines => self.machines,
        }
    }
}

impl FromStr for Plan {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a name and what it has room for: free:meshes=3,members=10,machines=5";
        let (name, bounds) = text.split_once(':').unwrap_or((text, ""));
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || name.len() > 32 || !name.chars().all(is_word) {
            return Err(wrong);
        }
        let mut plan = Self { name: name.to_owned(), meshes: None, members: None, machines: None };
        for bound in bounds.split(',').filter(|bound| !bound.is_empty()) {
            let (what, room) = bound.split_once('=').ok_or(wrong)?;
            let bound = match what {
                "meshes" => &mut plan.meshes,
                "members" => &mut plan.members,
                "machines" => &mut plan.machines,
                _ => return Err(wrong),
            };
            // One of two would be overlooked, and Rust reads a sign too.
            if bound.is_some() || !room.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong);
            }
            *bound = Some(room.parse().map_err(|_| wrong)?);
        }
        Ok(plan)
    }
}

/// The plans of an instance, the smallest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plans(pub Vec<Plan>);

/// There is no room for one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// What there is no room for.
    pub bound: Bound,
    /// How many the plan has room for.
    pub room: u64,
    pub plan: String,
    /// The smallest one with room for more, if any has it.
    pub needed: Option<String>,
}

impl Plans {
    /// Whether nothing is bounded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plan of an account that was put on `plan_name`.
    pub fn of(&self, plan_name: Option<&str>) -> Option<&Plan> {
        let named =
            plan_name.and_then(|plan_name| self.0.iter().find(|plan| plan.name == plan_name));
        named.or_else(|| self.0.first())
    }

    /// Whether an account on `plan_name` that has so many has room for one more.
    pub fn full(&self, plan_name: Option<&str>, bound: Bound, has: u64) -> Option<Full> {
        let plan = self.of(plan_name)?;
        let room = plan.room(bound).filter(|room| has >= *room)?;
        let roomy = |plan: &&Plan| plan.room(bound).is_none_or(|room| has < room);
        let needed = self.0.iter().find(roomy).map(|plan| plan.name.clone());
        Some(Full { bound, room, plan: plan.name.clone(), needed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans() -> Plans {
        let all = ["free:meshes=1,machines=2", "team:meshes=10,members=50", "all"];
        Plans(all.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_plan_is_full_at_its_bound_and_names_the_next_with_room() {
        let plans = plans();
        assert_eq!(plans.full(None, Bound::Meshes, 0), None);
        let full = plans.full(None, Bound::Meshes, 1).unwrap();
        assert_eq!((full.room, full.plan.as_str()), (1, "free"));
        assert_eq!(full.needed.as_deref(), Some("team"));
        let full = plans.full(Some("free"), Bound::Meshes, 10).unwrap();
        assert_eq!(full.needed.as_deref(), Some("all"), "team would be full as well");
        assert_eq!(plans.full(Some("free"), Bound::Members, 1_000), None, "it does not say");
        assert_eq!(plans.full(Some("all"), Bound::Machines, 1_000), None);
        // A plan that is named no more is the first.
        assert!(plans.full(Some("gone"), Bound::Machines, 2).is_some());
        assert_eq!(Plans::default().full(Some("free"), Bound::Meshes, 9), None);
        let alone = Plans(vec!["only:machines=0".parse().unwrap()]);
        assert_eq!(alone.full(None, Bound::Machines, 0).unwrap().needed, None);
    }

    #[test]
    fn a_plan_is_written_as_documented() {
        for wrong in [
            "",
            ":meshes=1",
            "a b",
            "free:meshes",
            "free:meshes=x",
            "free:seats=1",
            "free:meshes=+3",
            "free:meshes=1,meshes=2",
        ] {
            assert!(wrong.parse::<Plan>().is_err(), "{wrong}");
        }
        assert!("free".parse::<Plan>().is_ok() && "free:".parse::<Plan>().is_ok());
    }
}
