"""What stands in the home of a person and in their environment before an agent is started:
nothing but what makes it quiet, a sign-in, or settings that name a model server of theirs.
Whatever is secret here was made up.
"""
import base64
import json
import subprocess
import time

# How long a sign-in is good that is stored.
FAR = int(time.time()) + 9 * 24 * 3600


def jwt(claims):
    """A token with these claims, signed by nobody."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join([*parts, "c2ln"])


# What is connected.
CHOSEN = {
    "anthropic": "sk-ant-api03-the-chosen-one-0123456789abcdefghijklmnop",
    "openai": "sk-proj-the-chosen-one-0123456789abcdefghijklmnop",
    "google": "AIzaTheChosenOne0123456789abcdefghijklm",
    "github": "gho_TheChosenOne0123456789abcdefghijklmn",
    "openrouter": "sk-or-v1-the-chosen-one-0123456789abcdefghijklmnop",
    "deepseek": "sk-the-chosen-one-at-deepseek-0123456789abcdef",
    "groq": "gsk_TheChosenOne0123456789abcdefghijklmnopqrstuvwxyzabcd",
    "mistral": "TheChosenOneAtMistral0123456789a",
    "xai": "xai-the-chosen-one-0123456789abcdefghijklmnop",
    "self-hosted": "own-the-chosen-one-0123456789abcdefghijklmnop",
}
# By which the vendor's program lets its person in, and what that is.
SIGNED_IN = {
    # As long as a real one: at a usual width it is broken over lines.
    "anthropic": f"sk-ant-oat01-signed-in-{'0123456789' * 8}-ABAA",
    "openai": "signed-in-at-openai-0123456789",
    "github": "gho_SignedInAtGitHub0123456789abcdefghij",
}
ACCOUNT = {"chatgpt_plan_type": "plus", "chatgpt_account_id": "acc-1", "chatgpt_user_id": "u1"}
CHATGPT = {"exp": FAR, "https://api.openai.com/auth": ACCOUNT}
SIGNED_IN["openai"] = jwt({**CHATGPT, "jti": SIGNED_IN["openai"]})
# What else lets a person in, by where it stands; and a model of theirs.
OTHERS = {
    "variable": {
        "anthropic": "sk-ant-api03-of-the-variable-0123456789abcdefghijklmno",
        "openai": "sk-proj-of-the-variable-0123456789abcdefghijklmno",
        "google": "AIzaOfTheVariable0123456789abcdefghijkl",
        "github": "gho_OfTheVariable0123456789abcdefghijklm",
        "server": "own-of-the-variable-0123456789abcdefghijklmnop",
        "model": "model-of-the-variable",
    },
    "stored": {
        "anthropic": "sk-ant-oat01-of-the-store-0123456789abcdefghijklmnopqr",
        "console": "sk-ant-api03-of-the-store-0123456789abcdefghijklmnopqr",
        "openai": jwt(CHATGPT),
        "google": "ya29.of-the-store-0123456789",
        "github": "gho_OfTheStore0123456789abcdefghijklmnop",
        "renewal": "renewal-of-the-store-0123456789",
        "server": "own-of-the-store-0123456789abcdefghijklmnop",
        "model": "model-of-the-store",
    },
}
VARIABLE, STORED = OTHERS["variable"], OTHERS["stored"]
# Where a server of the person's is that an agent may be told of beside its provider.
ELSEWHERE = "https://models.example.org"


def known_in(said, chosen):
    """Which of the secrets here are in these bytes, by where each stands: that which was
    chosen, if any, what else is connected, and what is in the person's home or environment."""
    found = {"chosen"} if chosen and chosen.encode() in said else set()
    connected = [*CHOSEN.values(), *SIGNED_IN.values()]
    others = {"connected": {one: one for one in connected if one != chosen}}
    for where, secrets in (OTHERS | others).items():
        found |= {where for secret in secrets.values() if secret.encode() in said}
    return found


def change(content, there, chosen):
    """How a file is not as it was that had this content and has what is there."""
    if there.startswith(content):
        return "longer"
    try:
        # Some put a comment before it.
        before, now = json.loads(content), json.loads(there[there.index("{"):])
    except ValueError:
        return "CHANGED"
    others = [member for member in before if now.get(member) != before[member]]
    if any(known_in(json.dumps(before[member]).encode(), chosen) for member in others):
        return "SIGN-IN"
    return f"{', '.join(others)} in it" if others else "longer"


def claude_own(home, work, **more):
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    return {
        ".claude.json": {"hasCompletedOnboarding": True, "theme": "dark",
                         "projects": {str(work): trusted}, **more},
        ".claude/settings.json": {"permissions": {"allow": ["WebSearch"]}},
    }


def claude_stored(home, work):
    return claude_own(home, work, primaryApiKey=STORED["console"]) | {
        ".claude/.credentials.json": {"claudeAiOauth": {
            "accessToken": STORED["anthropic"], "refreshToken": STORED["renewal"],
            "expiresAt": FAR * 1000, "scopes": ["user:inference", "user:profile"],
            "subscriptionType": "max",
        }},
    }


def codex_own(home, work):
    return {".codex/config.toml": f"""check_for_update_on_startup = false
[projects."{work}"]
trust_level = "trusted"
"""}


def codex_stored(home, work):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return codex_own(home, work) | {".codex/auth.json": {
        "auth_mode": "chatgpt", "OPENAI_API_KEY": None, "last_refresh": now,
        "tokens": {"id_token": jwt({**CHATGPT, "email": "ana@example.org"}),
                   "access_token": STORED["openai"], "refresh_token": STORED["renewal"],
                   "account_id": "acc-1"},
    }}


def opencode_own(home, work):
    return {".config/opencode/opencode.json": {
        "$schema": "https://opencode.ai/config.json", "autoupdate": False}}


def opencode_stored(home, work):
    """All that it can keep: an account and keys."""
    return opencode_own(home, work) | {".local/share/opencode/auth.json": {
        "anthropic": {"type": "api", "key": STORED["console"]},
        "openai": {"type": "oauth", "access": STORED["openai"], "accountId": "acc-1",
                   "refresh": STORED["renewal"], "expires": FAR * 1000},
    }}


def copilot_own(home, work, **more):
    return {".copilot/config.json": {"trustedFolders": [str(work)], "banner": "never", **more}}


def copilot_stored(home, work):
    user = {"host": "https://github.com", "login": "ana"}
    return copilot_own(
        home, work, loggedInUsers=[user], lastLoggedInUser=user,
        authTokens={"https://github.com:ana": {"token": STORED["github"]}})


def gemini_own(home, work, **security):
    return {
        ".gemini/settings.json": {
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False}, "security": security},
        ".gemini/trustedFolders.json": {str(work): "TRUST_FOLDER"},
    }


def gemini_stored(home, work):
    return gemini_own(home, work, auth={"selectedType": "oauth-personal"}) | {
        ".gemini/oauth_creds.json": {
            "access_token": STORED["google"], "refresh_token": STORED["renewal"],
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "token_type": "Bearer", "expiry_date": FAR * 1000},
        ".gemini/google_accounts.json": {"active": "ana@example.org", "old": []},
    }


def qwen_own(home, work):
    return {".qwen/settings.json": {
        "general": {"enableAutoUpdate": False}, "privacy": {"usageStatisticsEnabled": False}}}


# By which variables aider, or LiteLLM in it, takes keys and addresses.
AIDER_KEYS = [f"{name}_API_KEY" for name in (
    "ANTHROPIC", "OPENAI", "GEMINI", "GOOGLE", "DEEPSEEK", "GROQ", "MISTRAL", "MISTRAL_AZURE",
    "XAI", "OPENROUTER", "OR")]
AIDER_ADDRESSES = [f"{name}_API_BASE" for name in (
    "ANTHROPIC", "OPENAI", "GEMINI", "DEEPSEEK", "GROQ", "MISTRAL", "MISTRAL_AZURE", "XAI",
    "OPENROUTER", "OLLAMA")] + ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"]
# The models that it is to ask for, by the names under which a person has settings for them.
AIDER_MODELS = [
    "anthropic/claude-sonnet-4-5", "openai/gpt-5", "gemini/gemini-2.5-pro",
    "deepseek/deepseek-chat", "groq/llama-3.3-70b-versatile", "mistral/mistral-large-latest",
    "xai/grok-4", "openai/vendor/own-model:7b", "openai/own-model:32b",
    "openrouter/openai/gpt-5.1",
]


def repository(work):
    """Makes of this folder a repository of the person's with something to commit."""
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=work, check=True, capture_output=True)
    git("init")
    git("config", "user.name", "Ana")
    git("config", "user.email", "ana@example.org")
    (work / "notes").write_text("one\n")
    git("add", "notes")
    git("commit", "-m", "Begin")
    (work / "notes").write_text("two\n")


def aider_own(home, work):
    return {".aider.conf.yml": {"dark-mode": True}}


def aider_stored(home, work):
    return aider_elsewhere(home, work, ELSEWHERE)


def aider_variables(other):
    """By which variables it is told of keys, of a server at `other`, and of other ways."""
    key, model, server = VARIABLE["server"], f"openai/{VARIABLE['model']}", f"{other}/v1"
    return dict.fromkeys(AIDER_KEYS, key) | dict.fromkeys(AIDER_ADDRESSES, server) | {
        "AIDER_OPENAI_API_KEY": key, "AIDER_ANTHROPIC_API_KEY": key,
        "AIDER_OPENAI_API_BASE": server, "AIDER_MODEL": model, "AIDER_WEAK_MODEL": model,
        "AIDER_EDITOR_MODEL": model, "AIDER_VERBOSE": "true",
        "OPENAI_ORGANIZATION": key, "OPENAI_ORG_ID": key, "OPENAI_PROJECT": key,
        "OPENAI_PROJECT_ID": key, "GITHUB_COPILOT_TOKEN": VARIABLE["github"],
        "USE_LITELLM_PROXY": "True", "LITELLM_ANTHROPIC_DISABLE_URL_SUFFIX": "True",
    }


def aider_elsewhere(home, work, other):
    """All from which it takes keys and addresses; each file has all of them."""
    key, model, server = STORED["server"], STORED["model"], f"{other}/v1"
    lines = [f"{name}={server}" for name in AIDER_ADDRESSES]
    variables = "\n".join([*lines, *(f"{name}={key}" for name in AIDER_KEYS)])
    # Settings for a model are added to those that are for all.
    settings = [{"name": "aider/extra_params", "extra_params": {
        "api_key": key, "api_base": server, "extra_headers": {"x-own": key}}}]
    settings += [{"name": name, "extra_params": {
        "api_key": key, "base_url": server, "custom_llm_provider": "replicate"}}
        for name in AIDER_MODELS]
    return {
        ".aider.conf.yml": {
            "model": f"mistral/{model}", "weak-model": f"xai/{model}",
            "editor-model": f"groq/{model}", "openai-api-base": server,
            "openai-api-key": key, "anthropic-api-key": key,
            "api-key": [f"{name}={key}" for name in (
                "gemini", "deepseek", "groq", "mistral", "xai", "openrouter")],
            "set-env": lines,
        },
        ".aider.model.settings.yml": settings, "work/.aider.model.settings.yml": settings,
        ".aider/oauth-keys.env": variables, ".env": variables, "work/.env": variables,
    }


def elsewhere(other):
    """By which variables agents are told of a model server of the person's, at `other`, and
    of accounts, all at once: each passes over what is another's."""
    key, model = VARIABLE["server"], VARIABLE["model"]
    return {
        "OPENAI_API_KEY": VARIABLE["openai"], "OPENAI_BASE_URL": f"{other}/v1",
        "OPENAI_MODEL": model, "OPENROUTER_API_KEY": key,
        "ANTHROPIC_API_KEY": VARIABLE["anthropic"], "ANTHROPIC_AUTH_TOKEN": key,
        "ANTHROPIC_BASE_URL": other, "ANTHROPIC_MODEL": model,
        "ANTHROPIC_SMALL_FAST_MODEL": model, "ANTHROPIC_DEFAULT_HAIKU_MODEL": model,
        "ANTHROPIC_CUSTOM_HEADERS": f"x-own: {key}",
        "CLAUDE_CODE_OAUTH_TOKEN": key, "CLAUDE_CODE_USE_FOUNDRY": "1",
        "ANTHROPIC_FOUNDRY_API_KEY": key, "ANTHROPIC_FOUNDRY_BASE_URL": other,
        "CODEX_API_KEY": VARIABLE["openai"], "CODEX_OSS_BASE_URL": f"{other}/v1",
        "GH_TOKEN": VARIABLE["github"], "COPILOT_GITHUB_TOKEN": VARIABLE["github"],
        "COPILOT_PROVIDER_BASE_URL": other, "COPILOT_PROVIDER_TYPE": "anthropic",
        "COPILOT_PROVIDER_API_KEY": key, "COPILOT_PROVIDER_BEARER_TOKEN": key,
        "COPILOT_PROVIDER_API_KEY_COMMAND": f"echo {key}",
        "COPILOT_PROVIDER_WIRE_API": "responses", "COPILOT_PROVIDER_MODEL_ID": model,
        "COPILOT_PROVIDER_WIRE_MODEL": model, "COPILOT_MODEL": model,
        "GEMINI_API_KEY": VARIABLE["google"], "QWEN_MODEL": model,
    }


def claude_elsewhere(home, work, other):
    files = claude_stored(home, work)
    files[".claude/settings.json"] |= {
        "apiKeyHelper": f"echo {STORED['server']}", "model": STORED["model"], "env": {
            "ANTHROPIC_API_KEY": STORED["console"], "ANTHROPIC_AUTH_TOKEN": STORED["server"],
            "ANTHROPIC_BASE_URL": other, "ANTHROPIC_MODEL": STORED["model"],
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": STORED["model"],
            "ANTHROPIC_CUSTOM_HEADERS": f"x-own: {STORED['server']}",
            "CLAUDE_CODE_OAUTH_TOKEN": STORED["anthropic"], "CLAUDE_CODE_USE_FOUNDRY": "1",
            "ANTHROPIC_FOUNDRY_API_KEY": STORED["server"], "ANTHROPIC_FOUNDRY_BASE_URL": other,
        }}
    return files


def codex_elsewhere(home, work, other):
    files = codex_stored(home, work)
    files[".codex/config.toml"] = f"""model = "{STORED['model']}"
model_provider = "own"
{files[".codex/config.toml"]}
[model_providers.own]
name = "Own"
base_url = "{other}/v1"
experimental_bearer_token = "{STORED['server']}"
http_headers = {{ "x-own" = "{STORED['server']}" }}
"""
    return files


def opencode_elsewhere(home, work, other):
    key, model = STORED["server"], STORED["model"]
    options = {"baseURL": f"{other}/v1", "apiKey": key, "headers": {"x-own": key}}
    named = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {model: {}}}
    files = opencode_stored(home, work)
    files[".config/opencode/opencode.json"] |= {
        "model": f"own/{model}", "small_model": f"own/{model}",
        "provider": {"own": named, "openai": {"options": options},
                     "openrouter": {"options": options}}}
    files[".local/share/opencode/auth.json"] |= {
        name: {"type": "api", "key": key} for name in ("own", "openrouter")}
    return files


def copilot_elsewhere(home, work, other):
    # Its files name no server.
    model = STORED["model"]
    files = copilot_stored(home, work)
    files[".copilot/config.json"]["model"] = model
    return files | {".copilot/settings.json": {"model": model}}


def qwen_elsewhere(home, work, other):
    key, model, server = STORED["server"], STORED["model"], f"{other}/v1"
    files = qwen_own(home, work)
    files[".qwen/settings.json"] |= {
        "security": {"auth": {"selectedType": "openai", "apiKey": key, "baseUrl": server}},
        "model": {"name": model, "generationConfig": {"customHeaders": {"x-own": key}}},
        "modelProviders": {"openai": [
            {"id": model, "name": "Own", "baseUrl": server, "envKey": "OWN_KEY"}]},
        "env": {"OWN_KEY": key, "OPENAI_API_KEY": key, "OPENAI_BASE_URL": server,
                "OPENAI_MODEL": model},
    }
    return files | {".qwen/oauth_creds.json": {
        "access_token": key, "refresh_token": STORED["renewal"], "token_type": "Bearer",
        "resource_url": "portal.qwen.ai", "expiry_date": FAR * 1000}}
