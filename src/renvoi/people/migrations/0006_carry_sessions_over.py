"""Let everybody stay signed in: note whose the sessions are, and keep the value by which they have been checked so far."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone
from django.utils.crypto import salted_hmac

_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


def carry_over(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    User, StaffSession = apps.get_model("people", "User"), apps.get_model("people", "StaffSession")
    for user in User.objects.all():
        user.session_stamp = salted_hmac(_SALT, user.password, algorithm="sha256").hexdigest()
        user.save(update_fields=["session_stamp"])
    accounts = {str(user_id): user_id for user_id in User.objects.values_list("id", flat=True)}
    Session = apps.get_model("sessions", "Session")
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        account_id = accounts.get(SessionStore().decode(session.session_data).get(SESSION_KEY, ""))
        if account_id is not None:
            StaffSession.objects.create(session_key=session.session_key, account_id=account_id)


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0005_sessions_and_password_checks"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
