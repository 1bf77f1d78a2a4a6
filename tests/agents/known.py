"""The agents that are tried: what a person has set in an empty home, by hand, before the
first start (no theme is asked, the folder is trusted, the stand-in is the model, nothing
is updated), the environment it is started in, what is answered on the screen, and the
keys by which it is left.
"""
import os


class Agent:
    """How one is found, set up by its person, and left."""

    def __init__(self, name, files, variables, leave, arguments=(), answers=()):
        self.name, self.files, self.variables, self.leave = name, files, variables, leave
        self.arguments, self.answers = arguments, answers


def claude_files(home, work, url):
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    yield home / ".claude.json", {
        "hasCompletedOnboarding": True, "theme": "dark", "projects": {str(work): trusted},
    }
    yield home / ".claude/settings.json", {"permissions": {"allow": ["mcp__crewmesh"]}}


def codex_files(home, work, url):
    yield home / ".codex/config.toml", f"""
model = "stand-in"
model_provider = "stand-in"
check_for_update_on_startup = false
[model_providers.stand-in]
name = "Stand-in"
base_url = "{url}/v1"
wire_api = "responses"
[projects."{work}"]
trust_level = "trusted"
"""


def gemini_files(home, work, url):
    # What its launch asks of everybody but root: gemini mcp add --scope user …
    server = {"command": "crewmesh", "args": ["mcp", "serve"]}
    yield home / ".gemini/settings.json", {
        "mcpServers": {"crewmesh": server} if os.geteuid() else {},
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        "model": {"name": "gemini-2.5-flash"},
        "privacy": {"usageStatisticsEnabled": False},
    }
    yield home / ".gemini/trustedFolders.json", {str(work): "TRUST_FOLDER"}


def opencode_files(home, work, url):
    yield home / ".config/opencode/opencode.json", {
        "autoupdate": False, "model": "stand-in/stand-in",
        "provider": {"stand-in": {
            "npm": "@ai-sdk/openai-compatible", "name": "Stand-in",
            "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
            "models": {"stand-in": {"name": "Stand-in"}},
        }},
    }


def copilot_files(home, work, url):
    yield home / ".copilot/config.json", {"trusted_folders": [str(work)], "banner": "never"}


def qwen_files(home, work, url):
    yield home / ".qwen/settings.json", {
        "security": {"auth": {"selectedType": "openai"}},
        "general": {"enableAutoUpdate": False},
        "permissions": {"allow": ["mcp__crewmesh"]},
        "privacy": {"usageStatisticsEnabled": False},
    }


AGENTS = {agent.name: agent for agent in [
    Agent("claude", claude_files, {
        "ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_AUTH_TOKEN": "none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_TMPDIR": "{tmp}",
    }, ["/exit", "Enter"]),
    Agent("codex", codex_files, {}, ["/quit", "Enter"],
          answers=[("Hooks need review", ["2", "Enter"])]),
    Agent("copilot", copilot_files, {
        "COPILOT_PROVIDER_BASE_URL": "{url}/v1", "COPILOT_PROVIDER_API_KEY": "none",
        "COPILOT_MODEL": "stand-in", "COPILOT_AUTO_UPDATE": "false",
    }, ["/exit", "Enter"], arguments=["--allow-tool", "crewmesh"]),
    Agent("gemini", gemini_files, {
        "GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": "{url}",
    }, ["/quit", "Enter"], answers=[("Allow all server tools for this session", ["3"])]),
    Agent("opencode", opencode_files, {
        "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
    }, ["C-c"]),
    Agent("qwen", qwen_files, {
        "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "{url}/v1", "OPENAI_MODEL": "stand-in",
    }, ["/quit", "Enter"]),
]}
