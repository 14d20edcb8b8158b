"""URL configuration of the console. Sign-in and sign-out keep the names under which django-allauth looks them up."""

from allauth.account.views import logout
from django.urls import include, path

from renvoi.console.views import errors, preferences, security, signing_in
from renvoi.console.views import help as guide
from renvoi.console.views.history import exporting as history_exporting
from renvoi.console.views.history import history_list, partner_history, step, undoing
from renvoi.console.views.imports import plan_page, uploading
from renvoi.console.views.operator import coverage, general_settings, getting_started
from renvoi.console.views.partners import bulk, exporting, partner_list, partner_settings, saved_views, trash
from renvoi.console.views.partners.verbs import VERBS
from renvoi.console.views.past import partner_then, then, why
from renvoi.console.views.replacing import replace_page

_pages = [
    path("", getting_started.home, name="home"),
    path("getting-started/", getting_started.show, name="getting_started"),
    path("partners/", partner_list.show, name="partners"),
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
    path("partners/export/pdf/", exporting.pdf, name="export_pdf"),
    path("partners/export/pdf/<uuid:export_id>/", exporting.pdf_progress, name="pdf_export"),
    path("partners/export/pdf/<uuid:export_id>/cancel/", exporting.pdf_cancel, name="pdf_cancel"),
    path("partners/export/pdf/<uuid:export_id>/Partners.pdf", exporting.pdf_file, name="pdf_file"),
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
    path("settings/", general_settings.show, name="settings"),
    path("help/", guide.index, name="help"),
    path("help/<slug:chapter>/", guide.show, name="help_chapter"),
    path("account/", preferences.show, name="account"),
    path("account/security/", security.show, name="security"),
    path("account/security/sessions/end/", security.end_others, name="sessions_end"),
    path("account/security/sessions/<str:session_id>/end/", security.end, name="session_end"),
    path("keys/", preferences.shortcuts, name="shortcuts"),
    path("preferences/", preferences.update, name="preferences"),
    path("notices/<str:notice_id>/dismiss/", preferences.dismiss, name="notice_dismiss"),
]

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="account_login"),
    path("sign-out/", logout, name="account_logout"),
    # allauth sends accounts that were switched off here.
    path("inactive/", errors.inactive, name="account_inactive"),
    path("", include((_pages, "console"))),
]
