"""A browser with nobody before it, by the WebDriver protocol (W3C)."""
import json
import re
import subprocess
import urllib.request

from world import wait

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Chromium:
    """Chromium, and the chromedriver that leads it."""

    def __init__(self, folder):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        port = None
        while port is None:
            line = self.driver.stdout.readline()
            if not line:
                raise SystemExit("chromedriver does not start")
            port = re.search(r"started successfully on port (\d+)", line)
        self.base = f"http://127.0.0.1:{port.group(1)}"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu",
                            f"--user-data-dir={folder / 'chromium'}"]}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.base += "/session/" + self.ask("POST", "/session", asked)["sessionId"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, json.dumps(body or {}).encode() if method == "POST" else None,
            {"content-type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return json.load(opener.open(request, timeout=60))["value"]

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def url(self):
        return self.ask("GET", "/url")

    def text(self):
        return self.ask("POST", "/execute/sync", {
            "script": "return document.body ? document.body.innerText : ''", "args": []})

    def find(self, selector):
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        return "/element/" + found[ELEMENT]

    def type(self, selector, text):
        self.ask("POST", self.find(selector) + "/value", {"text": text})

    def click(self, selector):
        self.ask("POST", self.find(selector) + "/click")

    def sign_in(self, url, email, password):
        self.open(url + "/login")
        self.type("#email", email)
        self.type("#password", password)
        self.click("main form button:not([type=button])")
        wait(lambda: "/login" not in self.url(), 30)

    def end(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.kill()
            self.driver.wait()
