//! The embedded instance as this process reaches it: started when first
//! needed, through the private listener that is ours alone. A build without
//! the server has none, and says so.

#[cfg(feature = "server")]
pub(super) use with_server::Own;
#[cfg(not(feature = "server"))]
pub(super) use without_server::Own;

#[cfg(feature = "server")]
mod with_server {
    use std::time::Duration;

    use tokio::sync::OnceCell;

    use crate::api::wire::ApprovalCard;
    use crate::credentials::home::Home;
    use crate::i18n::Message;
    use crate::instance::discovery::Endpoints;
    use crate::model::Links;
    use crate::secret::Secret;
    use crate::server::embedded::{Embedded, Owner};
    use crate::surroundings::Surroundings;
    use crate::trouble::{Kind, Trouble};

    /// The longest hold our own server offers; nothing in between cuts it.
    const HOLD: Duration = Duration::from_secs(25);

    /// Not started yet, or running.
    #[derive(Debug, Default)]
    pub(in crate::instance) struct Own(OnceCell<Embedded>);

    /// The owner's word settles a code here, so a link with the owner's ticket
    /// and the card in the terminal are for the owner, not for what they
    /// started: one injected line must not be able to give an account away.
    fn outside_agents(here: &Surroundings) -> Result<(), Trouble> {
        if !here.inside_agent() {
            return Ok(());
        }
        let message = Message::new("person-not-agent");
        Err(Trouble::new(Kind::NotAllowed, "step_up_required", message)
            .hint(Message::new("api-step-up-required-hint")))
    }

    impl Own {
        /// Starts it once. A start that failed is tried again by the next.
        pub async fn running(&self, here: &Surroundings) -> Result<&Embedded, Trouble> {
            self.0
                .get_or_try_init(|| async {
                    let home = Home::open(here)?;
                    let owner = Owner {
                        key: here.variables.get("CREWMESH_INSTANCE_KEY").map(Secret::new),
                        user: here.user.clone(),
                        person: here.user.clone(),
                    };
                    Embedded::start(home.path(), owner).await
                })
                .await
        }

        pub async fn endpoints(&self, here: &Surroundings) -> Result<Endpoints, Trouble> {
            let embedded = self.running(here).await?;
            let id = embedded.instance_id().to_owned();
            Endpoints::of_our_own(embedded.base_url().clone(), id, HOLD)
        }

        pub async fn links(&self, here: &Surroundings, code: &Secret) -> Result<Links, Trouble> {
            outside_agents(here)?;
            self.running(here).await?.links(code).await
        }

        pub async fn card(
            &self,
            here: &Surroundings,
            code: &Secret,
        ) -> Result<ApprovalCard, Trouble> {
            self.running(here).await?.card(code).await
        }

        pub async fn settle(
            &self,
            here: &Surroundings,
            code: &Secret,
            approve: bool,
        ) -> Result<(), Trouble> {
            outside_agents(here)?;
            self.running(here).await?.settle(code, approve).await
        }

        pub async fn open_nearby(
            &self,
            here: &Surroundings,
            code: &Secret,
        ) -> Result<Links, Trouble> {
            outside_agents(here)?;
            self.running(here).await?.open_nearby(code).await
        }

        pub async fn stop(self) {
            if let Some(embedded) = self.0.into_inner() {
                embedded.stop().await;
            }
        }
    }
}

#[cfg(not(feature = "server"))]
#[allow(clippy::unused_async, reason = "the same face as with the server")]
mod without_server {
    use crate::api::wire::ApprovalCard;
    use crate::i18n::Message;
    use crate::instance::discovery::Endpoints;
    use crate::model::Links;
    use crate::secret::Secret;
    use crate::surroundings::Surroundings;
    use crate::trouble::{Kind, Trouble};

    /// There is none.
    #[derive(Debug, Default)]
    pub(in crate::instance) struct Own(());

    fn none<T>() -> Result<T, Trouble> {
        Err(Trouble::new(Kind::Failed, "no_embedded_instance", Message::new("reach-no-embedded"))
            .hint(Message::new("reach-no-embedded-hint")))
    }

    impl Own {
        pub async fn endpoints(&self, _: &Surroundings) -> Result<Endpoints, Trouble> {
            none()
        }

        pub async fn links(&self, _: &Surroundings, _: &Secret) -> Result<Links, Trouble> {
            none()
        }

        pub async fn card(&self, _: &Surroundings, _: &Secret) -> Result<ApprovalCard, Trouble> {
            none()
        }

        pub async fn settle(&self, _: &Surroundings, _: &Secret, _: bool) -> Result<(), Trouble> {
            none()
        }

        pub async fn open_nearby(&self, _: &Surroundings, _: &Secret) -> Result<Links, Trouble> {
            none()
        }

        pub async fn stop(self) {}
    }
}
