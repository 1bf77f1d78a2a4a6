//! Routes, each with what it takes to come by it: written once, where the
//! route is, and enforced by the extractors that find out who asks
//! ([`super::extract`]).

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, Router, any, on};

use crate::server::state::State;

/// What it takes to come by a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing. The route may ask for something of its own (a client's secret).
    Public,
    /// A bearer token, whatever it may do.
    Bearer,
    /// A bearer token with this scope.
    Scope(&'static str),
    /// A bearer token, or a web session with the token of its forms.
    Person,
    /// A bearer token that is good at `/mcp`, whatever it may do.
    Mcp,
}

/// One method of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    /// The path, as the router has it: `/api/my/meshes/{id}`.
    pub path: &'static str,
    /// What it takes to come by it.
    pub access: Access,
}

/// A handler that is told with each request what it takes to come by it. Not a
/// layer: those are boxed, and cloned for every request.
#[derive(Clone)]
struct WithAccess<H> {
    handler: H,
    access: Access,
}

impl<T, H: Handler<T, State>> Handler<T, State> for WithAccess<H> {
    type Future = H::Future;

    fn call(self, mut request: Request, state: State) -> H::Future {
        request.extensions_mut().insert(self.access);
        self.handler.call(request, state)
    }
}

/// A router in the making, and the table of what is in it.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<State>,
    table: Vec<Route>,
}

macro_rules! methods {
    ($($name:ident $filter:ident,)*) => {
        impl Routes {
            $(
                #[doc = concat!("Adds `", stringify!($filter), " path`.")]
                #[must_use]
                pub fn $name<H: Handler<T, State>, T: 'static>(
                    self,
                    path: &'static str,
                    access: Access,
                    handler: H,
                ) -> Self {
                    self.add(MethodFilter::$filter, Method::$filter, path, access, handler)
                }
            )*
        }
    };
}

methods! { get GET, post POST, put PUT, patch PATCH, delete DELETE, }

impl Routes {
    fn add<H: Handler<T, State>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: Method,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, WithAccess { handler, access }));
        self.table.push(Route { method, path, access });
        self
    }

    /// Adds `path` with every method there is, those that somebody made up as
    /// well; the table has `methods`.
    #[must_use]
    pub fn any<H: Handler<T, State>, T: 'static>(
        mut self,
        path: &'static str,
        methods: &[Method],
        access: Access,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, any(WithAccess { handler, access }));
        let rows = methods.iter().cloned().map(|method| Route { method, path, access });
        self.table.extend(rows);
        self
    }

    /// With all of `others` too.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.table.extend(others.table);
        self
    }

    /// Each route there is, and what it takes to come by it.
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    pub fn into_router(self) -> Router<State> {
        self.router
    }
}
