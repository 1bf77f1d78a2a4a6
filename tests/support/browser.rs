//! A person at a phone: real Chromium without a window, driven through
//! chromedriver, with a profile of its own and pictures of what it saw.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use tempfile::TempDir;
use url::Url;

use super::{PATIENCE, find, pictures, within};

/// One browser with one page open.
pub struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Option<Client>,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// A phone held upright.
    pub fn phone() -> Self {
        Self::open(390, 844, "en")
    }

    /// A window of this size that asks for this language.
    pub fn open(width: u32, height: u32, language: &str) -> Self {
        Self::of(width, height, language, false, &Kind::Phone)
    }

    /// The same on a screen that is kept dark.
    pub fn dark(width: u32, height: u32, language: &str) -> Self {
        Self::of(width, height, language, true, &Kind::Phone)
    }

    /// A window that [`Browser::turn`] makes any size and shade.
    pub fn changing(language: &str) -> Self {
        Self::of(1280, 900, language, false, &Kind::Window)
    }

    /// Loads no script from here on. Ours has no other way into a page: its
    /// policy forbids all that is not a file of the instance.
    pub fn without_scripts(&self) {
        self.devtools("Network.enable", &serde_json::json!({}));
        let none = serde_json::json!({ "urls": ["*.js*"] });
        self.devtools("Network.setBlockedURLs", &none);
    }

    fn of(width: u32, height: u32, language: &str, dark: bool, kind: &Kind) -> Self {
        let chromium = ["chromium", "google-chrome", "chrome"].iter().find_map(|name| find(name));
        let profile = TempDir::with_prefix("crewmesh-browser-").expect("a temporary folder");
        // It takes the port that it was given in one family in the other as well, where
        // somebody may have it already: then it ends, and the next gets another.
        let (driver, port) = (0..5).find_map(|_| driver()).expect("chromedriver says its port");
        let mut options = serde_json::json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": chromium.expect("need(\"browser\") was asked"),
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                    "--no-proxy-server",
                    format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)),
                    format!("--accept-lang={language}"),
                    format!("--window-size={width},{height}"),
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": { "intl.accept_languages": language },
                // The page as a phone shows it: the window itself cannot be
                // narrower than 500 pixels.
                "mobileEmulation": {
                    "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0 },
                },
            },
        });
        let chrome = &mut options["goog:chromeOptions"];
        match kind {
            Kind::Phone => {}
            Kind::Window => {
                chrome.as_object_mut().expect("written as one").remove("mobileEmulation");
            }
        }
        let serde_json::Value::Object(options) = options else { unreachable!("written as one") };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = patiently(&runtime, async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(options)
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
        });
        let client = client.unwrap_or_else(|fault| panic!("Chromium does not start: {fault}"));
        Self { runtime, client: Some(client), driver, _profile: profile }
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("open until dropped")
    }

    /// Opens a link.
    #[track_caller]
    pub fn goto(&self, link: &str) {
        let opened = patiently(&self.runtime, self.client().goto(link));
        opened.unwrap_or_else(|fault| panic!("{link}: {fault}"));
    }

    /// Where it is now.
    pub fn url(&self) -> String {
        patiently(&self.runtime, self.client().current_url()).expect("a page is open").to_string()
    }

    /// The words on the page, as they are seen.
    pub fn text(&self) -> String {
        let text = patiently(&self.runtime, async {
            self.on(Locator::Css("body"), async |body| body.text().await).await
        });
        text.expect("a page has a body")
    }

    /// Fills in a field.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        let filled = patiently(&self.runtime, async {
            self.on(Locator::Css(css), async |field| {
                field.clear().await?;
                field.send_keys(text).await
            })
            .await
        });
        filled.unwrap_or_else(|fault| panic!("{css}: {fault}\n{}", self.text()));
    }

    /// Presses the thing that this selector finds.
    #[track_caller]
    pub fn click(&self, css: &str) {
        let clicked = patiently(&self.runtime, async {
            self.on(Locator::Css(css), async |thing| thing.click().await).await
        });
        clicked.unwrap_or_else(|fault| panic!("{css}: {fault}\n{}", self.text()));
    }

    /// Presses the button or link with these words on it.
    #[track_caller]
    pub fn press(&self, words: &str) {
        let path = format!(
            "//*[self::button or self::a or self::summary][contains(normalize-space(.), \"{words}\")]"
        );
        let clicked = patiently(&self.runtime, async {
            self.on(Locator::XPath(&path), async |thing| thing.click().await).await
        });
        clicked.unwrap_or_else(|fault| panic!("{words}: {fault}\n{}", self.text()));
    }

    /// Waits until these words are on the page.
    #[track_caller]
    pub fn shows(&self, words: &str) {
        let path = format!("//body[contains(normalize-space(.), \"{words}\")]");
        let found = patiently(&self.runtime, self.patient().for_element(Locator::XPath(&path)));
        assert!(found.is_ok(), "waited for {words:?} at {}:\n{}", self.url(), self.text());
    }

    /// Does this with what the locator finds; once more where that went with
    /// its page before it was done, as it does while a form is on its way.
    async fn on<T>(
        &self,
        locator: Locator<'_>,
        act: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> Result<T, CmdError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let done = act(self.patient().for_element(locator).await?).await;
            let gone = done.as_ref().is_err_and(CmdError::is_stale_element_reference);
            if !gone || Instant::now() > deadline {
                return done;
            }
        }
    }

    fn patient(&self) -> fantoccini::wait::Wait<'_> {
        self.client().wait().at_most(PATIENCE).every(Duration::from_millis(50))
    }

    /// What a script on the page answers.
    pub fn ask(&self, script: &str) -> serde_json::Value {
        patiently(&self.runtime, self.client().execute(script, Vec::new())).expect("a script runs")
    }

    /// Makes the window of a [`Browser::changing`] this large and this dark,
    /// without loading the page again.
    pub fn turn(&self, width: u32, height: u32, dark: bool) {
        let size = serde_json::json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let shade = if dark { "dark" } else { "light" };
        let media = serde_json::json!({
            "features": [{ "name": "prefers-color-scheme", "value": shade }],
        });
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Asks the browser itself (Chrome `DevTools` Protocol).
    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: &serde_json::Value) -> serde_json::Value {
        let body = serde_json::json!({ "cmd": command, "params": parameters });
        let asked = self.client().issue_cmd(DevTools(body.to_string()));
        patiently(&self.runtime, asked).unwrap_or_else(|fault| panic!("{command}: {fault}"))
    }

    /// Presses a key, wherever the focus is.
    pub fn key(&self, key: char) {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        patiently(&self.runtime, self.client().perform_actions(keys)).expect("a key is pressed");
    }

    /// What axe-core finds wrong with the page for people who cannot see it,
    /// hear it or use a mouse (WCAG 2.2 A and AA).
    ///
    /// # Panics
    /// When it finds something.
    #[track_caller]
    pub fn is_accessible(&self, axe: &str, what: &str) {
        let script = format!(
            "{axe}; return axe.run(document, {{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', \
             'wcag21aa', 'wcag22aa', 'best-practice'] }}).then(found => found.violations.map(v => \
             v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; ')));"
        );
        let found = self.ask(&script);
        assert_eq!(found, serde_json::json!([]), "{what}: {found:#}");
    }

    /// Takes a picture of the page from its top to its end.
    pub fn whole_picture(&self, name: &str) {
        let size = self.ask("return [innerWidth, document.documentElement.scrollHeight]");
        let clip = serde_json::json!({
            "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1,
        });
        let wanted = serde_json::json!({ "captureBeyondViewport": true, "clip": clip });
        let taken = self.devtools("Page.captureScreenshot", &wanted);
        let text = taken["data"].as_str().expect("a picture");
        let png = data_encoding::BASE64.decode(text.as_bytes()).expect("a picture");
        std::fs::write(pictures().join(format!("{name}.png")), png).expect("target is ours");
    }

    /// Takes a picture for a person to look at.
    pub fn picture(&self, name: &str) {
        let png = patiently(&self.runtime, self.client().screenshot()).expect("a picture");
        std::fs::write(pictures().join(format!("{name}.png")), png).expect("target is ours");
    }
}

/// What a browser is started as.
enum Kind {
    /// Shows pages as a phone does.
    Phone,
    /// Can be made any size.
    Window,
}

/// A command that chromedriver passes on.
#[derive(Debug)]
struct DevTools(String);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.0.clone()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let closed = async { tokio::time::timeout(PATIENCE, client.close()).await };
            let _ = self.runtime.block_on(closed);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// What comes of this in the browser. It gives up by itself on what is not on
/// a page; this is for a browser that answers nothing any more.
#[track_caller]
fn patiently<T>(runtime: &tokio::runtime::Runtime, asked: impl Future<Output = T>) -> T {
    let answer = runtime.block_on(async { tokio::time::timeout(2 * PATIENCE, asked).await });
    answer.expect("the browser answers")
}

/// chromedriver, and the port it says it is on; `None` where it got none.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new(find("chromedriver").expect("need(\"browser\") was asked"))
        .arg("--port=0")
        .env_remove("HTTP_PROXY")
        .env_remove("HTTPS_PROXY")
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver can be started");
    let output = driver.stdout.take().expect("piped");
    let said = within(PATIENCE, || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, rest) = line.split_once("successfully on port ")?;
            rest.trim_end_matches('.').parse().ok()
        });
        (port, lines)
    });
    let Some((Some(port), lines)) = said else {
        let _ = driver.kill();
        let _ = driver.wait();
        return None;
    };
    // It must never be stopped by a pipe nobody reads.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}
