"""Django settings. Every value that depends on the environment comes from `renvoi.config`."""

from pathlib import Path

from renvoi.config import read_config
from renvoi.permissions import FILE_MODE, FOLDER_MODE
from renvoi.server import logs
from renvoi.server.databases import default_database
from renvoi.server.protocol.body_limits import FORM_BYTES
from renvoi.web.origins import own_site

CONFIG = read_config()

SECRET_KEY = CONFIG.secret()
DEBUG = False
# Django compares hosts that renvoi.console.views.refusals has brought into canonical form.
ALLOWED_HOSTS = list(own_site(CONFIG).patterns)
OWN_PORTS = frozenset({8000})
"""The ports of this machine at which Renvoi listens. `renvoi serve` replaces the default."""
ROOT_URLCONF = "renvoi.server.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Before allauth, whose templates it overrides.
    "renvoi.console",
    "renvoi.api",
    "renvoi.history",
    "renvoi.people",
    "renvoi.cluster",
    "renvoi.downloads",
    "renvoi.publication",
    "renvoi.partners",
    "renvoi.reports",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
    "lucide",
]

MIDDLEWARE = [
    # First, so that it acts last.
    "renvoi.console.middleware.release_database",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "renvoi.console.middleware.browser_policies",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # It answers every request for the API itself: what follows is the console's.
    "renvoi.api.requests.ApiRequests",
    "renvoi.console.middleware.PageCompression",
    "renvoi.console.views.refusals.own_hosts_only",
    "renvoi.console.views.refusals.parse_query",
    "renvoi.console.middleware.drop_null_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "renvoi.console.middleware.console_language",
    "renvoi.console.middleware.end_idle_sessions",
    "renvoi.console.views.refusals.refuse_unreadable",
    "django.middleware.common.CommonMiddleware",
    "renvoi.console.middleware.keep_forms",
    "renvoi.people.own_site.OwnOriginCsrf",
    "renvoi.console.views.disk_space.DiskSpace",
    "renvoi.console.views.taking_turns.TakingTurns",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "renvoi.console.access.factor_required.FactorRequired",
    "renvoi.console.access.role_required.RoleRequired",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "renvoi.console.context.frame",
            ],
            "builtins": [
                "renvoi.console.templatetags.renvoi",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

DATABASES = {"default": default_database(CONFIG)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "server_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# What can be printed: the functions that make the tables. See renvoi.downloads.documents.
DOCUMENTS = {
    "partners": "renvoi.partners.exporting.downloaded_table",
    "grid": "renvoi.console.views.simulation.grid.printed_grid",
    "history": "renvoi.console.views.history.exporting.printed_history",
    "findings": "renvoi.console.views.findings.exporting.printed_findings",
    "security_log": "renvoi.console.views.accounts.log_export.printed_security_log",
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["renvoi.people.hashing.StaffPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "renvoi.server.passwords.contextual.ContextualPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console:home"
ACCOUNT_ADAPTER = "renvoi.people.adapter.StaffAdapter"
ACCOUNT_FORMS = {"login": "renvoi.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "renvoi.people.models.display_name"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# renvoi.people.passwords limits the guesses.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "renvoi.people.factors.adapter.StaffFactors"
MFA_RECOVERY_CODE_COUNT = 10

# The default language of the console. renvoi.console.middleware chooses the language of each request.
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
# Pages name files with a digest only.
SERVESTATIC_KEEP_ONLY_HASHED_FILES = True
# Django would set other modes whatever the umask.
FILE_UPLOAD_PERMISSIONS = FILE_MODE
FILE_UPLOAD_DIRECTORY_PERMISSIONS = FOLDER_MODE
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]

_COOKIE_PREFIX = "__Host-" if CONFIG.is_https else ""
SESSION_ENGINE = "renvoi.people.sessions"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_session"
SESSION_COOKIE_SECURE = CONFIG.is_https
# The longest that a session lasts: renvoi.people.sessions ends it earlier without activity.
SESSION_COOKIE_AGE = 30 * 24 * 3600
# The account that signed in last in a browser: see renvoi.console.unsent.
ACCOUNT_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_account"
OIDC_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_oidc"
DEVICE_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_device"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_csrf"
CSRF_COOKIE_SECURE = CONFIG.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "renvoi.console.views.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_COOKIE_PREFIX}renvoi_console_lang"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = CONFIG.is_https

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.is_https and CONFIG.trusted_proxies else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if CONFIG.is_https else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # trusted.js has the only policy.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = FORM_BYTES
# The proxy terminates TLS and redirects to HTTPS. HSTS must not cover other hosts of the operator's domain.
# The CSRF middleware is our subclass of Django's, whose name is looked for (W003).
SILENCED_SYSTEM_CHECKS = ["security.W003", "security.W005", "security.W008", "security.W021"]

LOGGING = logs.LOGGING
