"""`renvoi demo`: fill an empty installation with an operator, sample partners and an administrator, and serve it."""

import csv
import re
import secrets
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING

import click

from renvoi.cli.records.ledger import prepare_ledger
from renvoi.cli.serving.listening import format_address
from renvoi.cli.serving.sample_referrals import add_sample_referrals
from renvoi.cli.serving.serve import prepare, run
from renvoi.cli.setup import configure, is_migrated, migrate_database, setup_lock
from renvoi.config import Config, read_or_create_secret
from renvoi.domain.table import operator_day

if TYPE_CHECKING:
    from renvoi.partners.fields import PartnerValues

EMAIL = "demo@renvoi.example"
_PASSWORD_FILE = "demo-password"  # noqa: S105 (a file's name)
# Each in French, as the line names it, and as a code.
_TO_TRY = (("du Brésil", "BR"), ("de Mongolie", "MN"), ("du Canada", "CA"))
_OFFSET = re.compile(r"today([+-]\d+)")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="PORT",
    default=8000,
    show_default=True,
    help="The port to listen at; also PORT.",
)
def demo(host: str, port: int) -> None:
    """Fill an empty Renvoi with sample partners and serve it. Changes are kept for the next start."""
    config = configure()
    with setup_lock(config):
        if not is_migrated():
            migrate_database()
        is_new = fill(config)
        _import_country_data(config)
        password = _ensure_administrator(config)
        if is_new:
            prepare_ledger(config)
            add_sample_referrals(config, at=datetime.now(UTC))
            _save_views()
    prepare(config, only=None)
    address = config.public_url or format_address(host, port)
    message = (
        f"\n  Console     {address}/console/\n  Visitors    {address}/"
        f"\n  Email       {EMAIL}\n  Password    {password}\n\n{_things_to_try(address)}"
    )
    run(config, host=host, port=port, workers=1, only=None, message=message)


def _things_to_try(address: str) -> str:
    """Return three addresses that show what prospects see: two partners, no partner, and a region to choose."""
    width = max(len(where) for where, _ in _TO_TRY)
    lines = [
        f"  Voyez ce que voit un client potentiel {where:{width}}  {address}/?country={country}\n"
        for where, country in _TO_TRY
    ]
    notes = (
        "  (See what a prospect sees: from Brazil, from Mongolia, from Canada.)",
        "  Les sites en .example n’existent pas; une redirection y aboutit à une erreur du navigateur.",
        "  (Sites in .example do not exist; a redirect there ends at an error of the browser.)",
    )
    return "".join(lines) + "\n".join(notes) + "\n"


def fill(config: Config) -> bool:
    """Add the sample operator and partners, unless a change was ever recorded. Return whether they were added."""
    from renvoi.history.models import Change
    from renvoi.partners.actions import create_partners

    if Change.objects.exists():
        return False
    _set_up_operator()
    sample_csv = (files("renvoi.partners") / "sample_partners.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(StringIO(sample_csv, newline=""))
    create_partners(many=(_parse_row(row, time_zone=config.time_zone) for row in rows), actor=None, channel="demo")
    return True


def _import_country_data(config: Config) -> None:
    """Import the country data of an installed Debian package, unless country data is configured or imported already."""
    from renvoi.geo.importing import import_files, imported_path, installed_ranges
    from renvoi.geo.provenance import DatabaseRefused

    files = installed_ranges()
    if config.geoip_db is not None or imported_path(config).exists() or not files:
        return
    try:
        import_files(files, config=config)
    except DatabaseRefused as error:
        click.echo(f"renvoi: {error} The demo goes on without country data.", err=True)


def _set_up_operator() -> None:
    from renvoi.partners.actions import update_operator
    from renvoi.partners.models import Operator
    from renvoi.partners.values import parse_operator

    operator = Operator.objects.get(id=1)
    fields = {
        "name": "Téléphonie Boréale",
        "signup_url_en": "https://signup.boreale.example/en/welcome",
        "signup_url_fr": "https://abonnement.boreale.example/fr/bienvenue",
        "mode": operator.mode,
        "default_language": operator.default_language,
        "time_zone": operator.time_zone,
    }
    values = parse_operator(fields, areas=["CA-QC"])
    update_operator(values=values, expected_version=operator.version, actor=None, channel="demo")


def _parse_row(row: dict[str, str], *, time_zone: str) -> "PartnerValues":
    from renvoi.partners.values import parse_partner

    days = {name: _resolve_day(row[name], time_zone=time_zone) for name in ("agreement_starts_on", "agreement_ends_on")}
    return parse_partner(row | days, countries=row["countries"].split())


def _resolve_day(text: str, *, time_zone: str) -> str:
    """Resolve a day of the sample such as `today-30` or `today+24`, so that it always shows every agreement state."""
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return text
    today = operator_day(datetime.now(tz=UTC), time_zone=time_zone)
    return (today + timedelta(days=int(offset[1]))).isoformat()


def _ensure_administrator(config: Config) -> str:
    """Create the demo account, or set its password if that has changed. Returns the password."""
    from renvoi.people.models import User

    stored = read_or_create_secret(config.data_dir / _PASSWORD_FILE, make=lambda: secrets.token_urlsafe(12))
    password = config.demo_password or stored
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        # Whatever password is asked for: a demonstration has nothing to protect.
        User.objects.create_user(email=EMAIL, password=password, role=User.Role.ADMINISTRATOR, name="Démo")
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _save_views() -> None:
    """Save three views of the list in the demo account, whose language is French."""
    from django.http import QueryDict
    from django.utils.translation import override

    from renvoi.partners.lists.columns import ENDS_SOON, STATE_LABELS
    from renvoi.partners.lists.listing import PartnerListing
    from renvoi.partners.lists.saved_views import save_view
    from renvoi.people.models import User

    with override("fr"):
        queries = {
            "Au Brésil": {"countries": "Brésil", "sort": "-sent"},
            "À renouveler": {"state": str(ENDS_SOON), "sort": "state"},
            "En pause": {"state": str(STATE_LABELS["paused"])},
        }
    account, today = User.objects.get(email=EMAIL), datetime.now(UTC).date()
    for name, fields in queries.items():
        query = QueryDict(mutable=True)
        query.update(fields)
        listing = PartnerListing.from_query(query, language="fr", today=today)
        save_view(account=account, name=name, listing=listing, replaces=True)
