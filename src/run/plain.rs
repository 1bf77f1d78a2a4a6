//! Pages as lines, answered by lines.

use std::io;

use super::front_end::FrontEnd;
use crate::error::AppError;
use crate::plain::Lines;
use crate::terminal::keys::Input;
use crate::wizard::Wizard;
use crate::wizard::page::Page;

impl FrontEnd for Lines {
    fn show(&mut self, page: &Page, wizard: &Wizard) -> io::Result<()> {
        self.show(page, wizard)
    }

    async fn input(&mut self) -> Input {
        self.input().await
    }

    fn reacquire(&mut self) -> io::Result<()> {
        self.reacquire()
    }

    fn input_closed(&self) -> Option<AppError> {
        self.input_closed()
    }
}
