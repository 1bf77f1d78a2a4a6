//! The embedded instance as this process reaches it: started when first
//! needed, through the private listener that is ours alone. A build without
//! the server has none, and says so.

#[cfg(feature = "server")]
pub(super) use with_server::EmbeddedInstance;
#[cfg(not(feature = "server"))]
pub(super) use without_server::EmbeddedInstance;

#[cfg(feature = "server")]
mod with_server {
    use tokio::sync::OnceCell;

    use crate::environment::Environment;
    use crate::error::AppError;
    use crate::home::folder::Folder;
    use crate::instance::discovery::Endpoints;
    use crate::model::Links;
    use crate::secret::Secret;
    use crate::server::embedded::{Embedded, Owner};
    use crate::server::providers::Providers;
    use crate::wire::{ApprovalCard, LONGEST_HOLD};

    /// Not started yet, or running.
    #[derive(Debug, Default)]
    pub(in crate::instance) struct EmbeddedInstance(OnceCell<Embedded>);

    impl EmbeddedInstance {
        /// Starts it once. A start that failed is tried again by the next.
        pub async fn running(&self, env: &Environment) -> Result<&Embedded, AppError> {
            self.0
                .get_or_try_init(|| async {
                    let folder = Folder::open(env)?;
                    let owner = Owner {
                        key: env.variables.get("CREWMESH_INSTANCE_KEY").map(Secret::new),
                        user: env.user.clone(),
                        person: env.user.clone(),
                        providers: Providers::new(None, env),
                    };
                    Embedded::start(folder.path(), owner).await
                })
                .await
        }

        pub async fn endpoints(&self, env: &Environment) -> Result<Endpoints, AppError> {
            let embedded = self.running(env).await?;
            let id = embedded.instance_id().to_owned();
            Endpoints::embedded(embedded.base_url().clone(), id, LONGEST_HOLD)
        }

        pub async fn links(&self, env: &Environment, code: &Secret) -> Result<Links, AppError> {
            env.refuse_agents()?;
            self.running(env).await?.links(code).await
        }

        pub async fn card(
            &self,
            env: &Environment,
            code: &Secret,
        ) -> Result<ApprovalCard, AppError> {
            self.running(env).await?.card(code).await
        }

        pub async fn settle(
            &self,
            env: &Environment,
            code: &Secret,
            approve: bool,
        ) -> Result<(), AppError> {
            env.refuse_agents()?;
            self.running(env).await?.settle(code, approve).await
        }

        pub async fn open_nearby(
            &self,
            env: &Environment,
            code: &Secret,
        ) -> Result<Links, AppError> {
            env.refuse_agents()?;
            self.running(env).await?.open_nearby(code).await
        }

        pub async fn finished(&self) {
            if let Some(embedded) = self.0.get() {
                embedded.finished().await;
            }
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
    use crate::environment::Environment;
    use crate::error::{AppError, ErrorKind};
    use crate::i18n::Message;
    use crate::instance::discovery::Endpoints;
    use crate::model::Links;
    use crate::secret::Secret;
    use crate::wire::ApprovalCard;

    #[derive(Debug, Default)]
    pub(in crate::instance) struct EmbeddedInstance(());

    fn none<T>() -> Result<T, AppError> {
        Err(AppError::new(
            ErrorKind::Failed,
            "no_embedded_instance",
            Message::new("reach-no-embedded"),
        )
        .hint(Message::new("reach-no-embedded-hint")))
    }

    impl EmbeddedInstance {
        pub async fn endpoints(&self, _: &Environment) -> Result<Endpoints, AppError> {
            none()
        }

        pub async fn links(&self, _: &Environment, _: &Secret) -> Result<Links, AppError> {
            none()
        }

        pub async fn card(&self, _: &Environment, _: &Secret) -> Result<ApprovalCard, AppError> {
            none()
        }

        pub async fn settle(&self, _: &Environment, _: &Secret, _: bool) -> Result<(), AppError> {
            none()
        }

        pub async fn open_nearby(&self, _: &Environment, _: &Secret) -> Result<Links, AppError> {
            none()
        }

        pub async fn finished(&self) {}

        pub async fn stop(self) {}
    }
}
