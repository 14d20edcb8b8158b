"""URL configuration of the console. Sign-in and sign-out keep the names under which django-allauth looks them up."""

from collections.abc import Iterator

from allauth.account.views import logout
from django.urls import URLPattern, include, path

from renvoi.console.forms.documents import Document
from renvoi.console.views import errors, preferences, security, signing_in
from renvoi.console.views import help as guide
from renvoi.console.views.accounts import accounts_list, forgotten, log_export, password_link, security_log
from renvoi.console.views.accounts import editing as accounts_editing
from renvoi.console.views.addresses import asking, confirming
from renvoi.console.views.documents import pdf
from renvoi.console.views.factors import codes, of_account, own_app
from renvoi.console.views.findings import exporting as findings_exporting
from renvoi.console.views.findings import findings_page
from renvoi.console.views.golden import editing as golden_editing
from renvoi.console.views.golden import golden_list
from renvoi.console.views.history import exporting as history_exporting
from renvoi.console.views.history import history_list, partner_history, step, undoing
from renvoi.console.views.imports import plan_page, uploading
from renvoi.console.views.oidc import pages as oidc
from renvoi.console.views.operator import coverage, general_settings, getting_started, logo, website
from renvoi.console.views.partners import bulk, exporting, partner_list, partner_settings, saved_views, trash
from renvoi.console.views.partners.verbs import VERBS
from renvoi.console.views.past import partner_then, then, why
from renvoi.console.views.previews import line, preview
from renvoi.console.views.replacing import replace_page
from renvoi.console.views.simulation import grid
from renvoi.console.views.simulation import page as simulation
from renvoi.console.views.tokens import creating as tokens_creating
from renvoi.console.views.tokens import restricting as tokens_restricting
from renvoi.console.views.tokens import token_list


def _of_pdf(document: Document) -> Iterator[URLPattern]:
    """Yield the pages of a document's PDFs. Their names are the same for each; the document is an argument."""
    path_, argument = f"{document.path}export/pdf/", {"document": document.name}
    yield path(path_, pdf.order, argument, name="pdf_order")
    yield path(f"{path_}<uuid:export_id>/", pdf.progress, argument, name="pdf_progress")
    yield path(f"{path_}<uuid:export_id>/cancel/", pdf.cancel, argument, name="pdf_cancel")
    yield path(f"{path_}<uuid:export_id>/{document.file_name}", pdf.file, argument, name="pdf_file")


_pages = [
    path("", getting_started.home, name="home"),
    path("getting-started/", getting_started.show, name="getting_started"),
    path("partners/", partner_list.show, name="partners"),
    path("partners/preview/", preview.frame, name="partner_preview"),
    path("partners/new/", partner_settings.create, name="partner_new"),
    path("partners/<int:partner_id>/", partner_settings.edit, name="partner"),
    path("partners/<int:partner_id>/history/", partner_history.show, name="partner_history"),
    path("partners/<int:partner_id>/delete/", trash.delete, name="partner_delete"),
    path("partners/<int:partner_id>/replace/", replace_page.replace, name="partner_replace"),
    path("partners/<int:partner_id>/restore/", trash.restore, name="partner_restore"),
    *(
        path(f"{action.address.name}/{verb}/", bulk.ask, {"verb": verb}, name=f"partners_{verb}")
        for verb, action in VERBS.items()
    ),
    path("partners/views/new/", saved_views.create, name="view_new"),
    path("partners/views/<int:view_id>/", saved_views.edit, name="view"),
    path("partners/views/<int:view_id>/delete/", saved_views.delete, name="view_delete"),
    path("partners/views/<int:view_id>/restore/", saved_views.restore, name="view_restore"),
    path("steps/<uuid:change_set_id>/undo/", bulk.undo, name="step_undo"),
    path("partners/export/csv/", exporting.csv, name="export_csv"),
    path("import/", uploading.show, name="import"),
    path("import/template.<str:extension>", uploading.template, name="import_template"),
    path("import/<uuid:import_id>/", plan_page.show, name="import_plan"),
    path("import/<uuid:import_id>/problems/", plan_page.problems, name="import_problems"),
    path("trash/", trash.show, name="trash"),
    path("history/", history_list.show, name="history"),
    path("history/undo/", undoing.undo_since, name="history_undo_since"),
    path("history/export/", history_exporting.export, name="history_export"),
    path("history/<uuid:change_set_id>/", step.show, name="history_step"),
    path("history/<uuid:change_set_id>/undo/", undoing.undo, name="history_undo"),
    path("history/why/", why.show, name="why"),
    path("history/then/", then.show, name="then"),
    path("partners/<int:partner_id>/then/", partner_then.show, name="partner_then"),
    path("coverage/", coverage.show, name="coverage"),
    path("simulation/", simulation.show, name="simulation"),
    path("simulation/visitors/", golden_list.show, name="golden"),
    path("simulation/visitors/edit/", golden_editing.edit, name="golden_edit"),
    path("simulation/visitors/paste/", golden_editing.paste, name="golden_paste"),
    path("simulation/visitors/remove/", golden_list.remove, name="golden_remove"),
    path("simulation/visitors/export/", golden_list.export, name="golden_export"),
    path("simulation/visitors/undo/<uuid:change_set_id>/", golden_list.undo, name="golden_undo"),
    path("simulation/page/", simulation.frame, name="simulation_frame"),
    path("simulation/line/", line.answer, name="simulation_line"),
    path("simulation/grid/", grid.show, name="simulation_grid"),
    path("simulation/grid/export/", grid.export, name="simulation_grid_export"),
    path("coverage/findings/", findings_page.show, name="findings"),
    path("coverage/findings/accept/", findings_page.accept, name="finding_accept"),
    path("coverage/findings/reopen/", findings_page.reopen, name="finding_reopen"),
    path("coverage/findings/export/", findings_exporting.export, name="findings_export"),
    path("settings/", general_settings.show, name="settings"),
    path("settings/logo/", logo.show, name="logo"),
    path("settings/logo/<str:digest>.png", logo.image, name="logo_image"),
    path("website/", website.show, name="website"),
    path("website/preview/", website.preview, name="website_preview"),
    path("accounts/", accounts_list.show, name="accounts"),
    path("accounts/new/", accounts_editing.create, name="account_new"),
    path("accounts/log/", security_log.show, name="account_log"),
    path("accounts/log/export/", log_export.export, name="account_log_export"),
    path("accounts/<int:account_id>/", accounts_editing.edit, name="account_edit"),
    path("accounts/<int:account_id>/switch/", accounts_editing.switch, name="account_switch"),
    path("accounts/<int:account_id>/link/", accounts_editing.make_link, name="account_link"),
    path("tokens/", token_list.show, name="tokens"),
    path("tokens/new/", tokens_creating.create, name="token_new"),
    path("tokens/<int:token_id>/", tokens_restricting.edit, name="token"),
    path("tokens/<int:token_id>/revoke/", tokens_restricting.revoke, name="token_revoke"),
    path("accounts/<int:account_id>/second-factor/", of_account.remove, name="account_factors"),
    path("forgotten/", forgotten.show, name="password_forgotten"),
    path("password/<str:token>/", password_link.show, name="password_link"),
    path("help/", guide.index, name="help"),
    path("help/<slug:chapter>/", guide.show, name="help_chapter"),
    path("account/", preferences.show, name="account"),
    path("account/email/", asking.show, name="email"),
    path("email/<str:token>/", confirming.show, name="email_link"),
    path("account/security/", security.show, name="security"),
    path("account/security/app/", own_app.set_up, name="app_setup"),
    path("account/security/app/remove/", own_app.remove, name="app_remove"),
    path("account/security/recovery-codes/", own_app.make_codes, name="recovery_codes"),
    path("account/security/sessions/end/", security.end_others, name="sessions_end"),
    path("account/security/sessions/<str:session_id>/end/", security.end, name="session_end"),
    path("keys/", preferences.shortcuts, name="shortcuts"),
    path("preferences/", preferences.update, name="preferences"),
    path("notices/<str:notice_id>/dismiss/", preferences.dismiss, name="notice_dismiss"),
    path("cancel/", preferences.cancel, name="cancel"),
    *(page for document in pdf.DOCUMENTS.values() for page in _of_pdf(document)),
]

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="account_login"),
    path("sign-in/code/", codes.ask, {"kind": "app"}, name="mfa_authenticate"),
    path("sign-in/recovery-code/", codes.ask, {"kind": "recovery"}, name="account_recovery_code"),
    path("sign-in/provider/", oidc.start, name="provider_sign_in"),
    path("sign-in/provider/callback/", oidc.finish, name="provider_callback"),
    path("sign-out/", logout, name="account_logout"),
    # allauth sends accounts that were switched off here.
    path("inactive/", errors.inactive, name="account_inactive"),
    path("", include((_pages, "console"))),
]
